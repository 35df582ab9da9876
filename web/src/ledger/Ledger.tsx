import { useView } from "../app/view";
import { useDrawnMessage } from "../live/useLive";
import { Failed } from "../ui/Panel";
import { LedgerBadge } from "./LedgerBadge";
import { usePastLedger } from "./reads";

/** Whether every record is accounted for, now or as of then; drawn by itself as the feed goes on. */
export function Ledger() {
  const { asOf } = useView();
  const message = useDrawnMessage();
  const past = usePastLedger();
  const ledger = asOf === null ? message?.ledger : past.data;
  return (
    <>
      {past.error && <Failed error={past.error} />}
      {ledger && <LedgerBadge ledger={ledger} />}
    </>
  );
}
