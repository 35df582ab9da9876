import { Alert } from "@mui/material";

import type { LiveLedger } from "../live/message";
import { ViewLink } from "../ui/ViewLink";
import { count, many } from "../view/format";

/** Whether every record that came in is accounted for. */
export function LedgerBadge({ ledger }: { ledger: LiveLedger }) {
  const rejected = `${count(ledger.quarantined)} quarantined`;
  const parts = (
    <>
      {count(ledger.accepted)} accepted, {many(ledger.duplicates, "duplicate")},{" "}
      {ledger.quarantined === 0 ? rejected : <ViewLink to="/quality">{rejected}</ViewLink>}
    </>
  );
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
