import { TableCell, TableRow, Typography } from "@mui/material";

import { usePastLedger } from "../../ledger/reads";
import type { LiveLedger } from "../../live/message";
import { useDrawnMessage } from "../../live/useLive";
import { Found } from "../../ui/Found";
import { Panel } from "../../ui/Panel";
import { Rows } from "../../ui/Rows";
import { count, NOTHING } from "../../view/format";

const PARTS = ["received", "accepted", "duplicates", "quarantined", "late"] as const;

/** What the ledger had counted then, and what has come in since. */
export function ThenAndNow() {
  const then = usePastLedger();
  const now = useDrawnMessage()?.ledger;
  return (
    <Panel title="Records then and now">
      <Found query={then} height={190}>
        {(ledger) => (
          <>
            <Rows figures head={["Records", "Then", "Now", "Since"]}>
              {PARTS.map((part) => (
                <TableRow key={part}>
                  <TableCell component="th" scope="row">
                    {part}
                  </TableCell>
                  <TableCell align="right">{count(ledger[part])}</TableCell>
                  <TableCell align="right">{now === undefined ? NOTHING : count(now[part])}</TableCell>
                  <TableCell align="right">{since(part, ledger, now)}</TableCell>
                </TableRow>
              ))}
            </Rows>
            <Typography variant="body2" color="text.secondary" sx={{ mt: 1 }}>
              Late records are accepted ones that came in more than 15 s after they happened.
            </Typography>
          </>
        )}
      </Found>
    </Panel>
  );
}

function since(part: (typeof PARTS)[number], then: LiveLedger, now: LiveLedger | undefined): string {
  return now === undefined ? NOTHING : `+${count(now[part] - then[part])}`;
}
