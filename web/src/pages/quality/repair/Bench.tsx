import { Typography } from "@mui/material";

import { useView } from "../../../app/view";
import { Followed } from "./Followed";
import { RepairList } from "./RepairList";
import { Workbench } from "./Workbench";

/** Where records of quarantine are put right: chosen, patched, tried, taken in again, and followed until they count. */
export function Bench() {
  const { asOf, filter } = useView();
  const reason = filter("reason");
  const repair = filter("repair");
  return (
    <>
      {asOf === null ? (
        <Workbench key={reason ?? ""} reason={reason} />
      ) : (
        <Typography variant="body2">
          What is repaired is what is in quarantine now: go back to now for that. Below are the repairs that were known
          then.
        </Typography>
      )}
      {repair !== null && <Followed key={repair} id={repair} />}
      <RepairList />
    </>
  );
}
