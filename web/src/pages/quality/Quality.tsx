import { Stack, Typography } from "@mui/material";
import { Route, Routes } from "react-router";

import { useView } from "../../app/view";
import { LedgerBadge } from "../../ledger/LedgerBadge";
import { usePastLedger } from "../../ledger/reads";
import { Sources } from "../../ledger/Sources";
import { useLiveMessage } from "../../live/useLive";
import { Failed } from "../../ui/Panel";
import { PartTabs } from "../../ui/PartTabs";
import { RangeSelect } from "../../ui/RangeSelect";
import { Figures } from "./figures/Figures";
import { Bench } from "./repair/Bench";
import { Reasons } from "./Reasons";
import { Records } from "./Records";

/** Whether everything is accounted for, how good it is, what was rejected and why, and how that is repaired. */
export function Quality() {
  return (
    <Stack spacing={2}>
      <Stack direction="row" spacing={2} sx={{ alignItems: "center", justifyContent: "space-between" }}>
        <Typography variant="h1">Quality</Typography>
        <RangeSelect />
      </Stack>
      <PartTabs
        parts={[
          ["/quality", "Records"],
          ["/quality/figures", "Figures"],
          ["/quality/repair", "Repair bench"],
        ]}
      />
      <Routes>
        <Route index element={<Rejected />} />
        <Route path="figures" element={<Figures />} />
        <Route path="repair" element={<Bench />} />
      </Routes>
    </Stack>
  );
}

function Rejected() {
  const { asOf } = useView();
  const message = useLiveMessage();
  const past = usePastLedger();
  const ledger = asOf === null ? message?.ledger : past.data;
  return (
    <>
      {past.error && <Failed error={past.error} />}
      {ledger && <LedgerBadge ledger={ledger} />}
      <Reasons />
      <Records />
      <Sources />
    </>
  );
}
