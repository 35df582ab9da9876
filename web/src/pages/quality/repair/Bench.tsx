import { Alert, Button } from "@mui/material";

import { useView } from "../../../app/view";
import { Followed } from "./Followed";
import { RepairList } from "./RepairList";
import { Workbench } from "./Workbench";

/** Where records of quarantine are put right: chosen, patched, tried, taken in again, and followed until they count. */
export function Bench() {
  const { asOf, filter, set } = useView();
  const reason = filter("reason");
  const repair = filter("repair");
  return (
    <>
      {asOf === null ? (
        <Workbench key={reason ?? ""} reason={reason} />
      ) : (
        <Alert
          severity="info"
          variant="outlined"
          action={
            <Button color="inherit" size="small" onClick={() => set({ as_of: null })}>
              Back to now
            </Button>
          }
        >
          What is repaired is what is in quarantine now. Below are the repairs that were known then.
        </Alert>
      )}
      {repair !== null && <Followed key={repair} id={repair} />}
      <RepairList />
    </>
  );
}
