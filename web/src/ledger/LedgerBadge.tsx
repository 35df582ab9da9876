import { Alert } from "@mui/material";

import type { LiveLedger } from "../live/message";
import { count } from "../view/format";

/** Whether every record that came in is accounted for. */
export function LedgerBadge({ ledger }: { ledger: LiveLedger }) {
  const parts = `${count(ledger.accepted)} accepted, ${count(ledger.duplicates)} duplicates, ${count(ledger.quarantined)} quarantined`;
  if (ledger.difference !== 0) {
    return (
      <Alert severity="error" variant="outlined">
        {count(ledger.difference)} of {count(ledger.received)} records are not accounted for ({parts}); run `rtl
        verify`.
      </Alert>
    );
  }
  return (
    <Alert severity="success" variant="outlined">
      All {count(ledger.received)} records accounted for: {parts}
    </Alert>
  );
}
