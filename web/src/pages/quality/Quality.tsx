import { Stack, Typography } from "@mui/material";

import { useView } from "../../app/view";
import { LedgerBadge } from "../../ledger/LedgerBadge";
import { usePastLedger } from "../../ledger/reads";
import { Sources } from "../../ledger/Sources";
import { useLiveMessage } from "../../live/useLive";
import { Failed } from "../../ui/Panel";
import { RangeSelect } from "../../ui/RangeSelect";
import { Reasons } from "./Reasons";
import { Records } from "./Records";

/** Whether everything is accounted for, and what was rejected and why. */
export function Quality() {
  const { asOf } = useView();
  const message = useLiveMessage();
  const past = usePastLedger();
  const ledger = asOf === null ? message?.ledger : past.data;
  return (
    <Stack spacing={2}>
      <Stack direction="row" spacing={2} sx={{ alignItems: "center", justifyContent: "space-between" }}>
        <Typography variant="h1">Quality</Typography>
        <RangeSelect />
      </Stack>
      {past.error && <Failed error={past.error} />}
      {ledger && <LedgerBadge ledger={ledger} />}
      <Reasons />
      <Records />
      <Sources />
    </Stack>
  );
}
