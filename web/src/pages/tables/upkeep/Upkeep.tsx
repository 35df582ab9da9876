import { TableCell, TableRow, Typography } from "@mui/material";

import { JobList } from "../../../jobs/JobList";
import { Found } from "../../../ui/Found";
import { Panel } from "../../../ui/Panel";
import { Rows } from "../../../ui/Rows";
import { ViewLink } from "../../../ui/ViewLink";
import { bytes, count, duration } from "../../../view/format";
import { NewJob } from "./NewJob";
import { Retention } from "./Retention";
import { useMaintenance, type TableUpkeep } from "./reads";
import { waiting } from "./spelled";

/** What the engine does for the tables by itself, and what it is asked to do. */
export function Upkeep() {
  return (
    <>
      <State />
      <Retention />
      <NewJob />
      <JobList />
    </>
  );
}

function State() {
  const maintenance = useMaintenance();
  return (
    <Panel title="Upkeep at this moment">
      <Found query={maintenance} height={360}>
        {({ is_on, vacuum_retention_s, tables }) => (
          <>
            <Typography variant="body2" color="text.secondary" sx={{ mb: 1 }}>
              {is_on
                ? "The engine does it by itself between two batches, and deletes what nothing needs once an hour."
                : "The engine does none by itself; ask for it below, or set `maintenance`."}{" "}
              Files of earlier versions stay for {duration(vacuum_retention_s * 1_000)}. Rows and files are those of all
              tenants.
            </Typography>
            <Rows figures="inner" head={["Table", "Small files", "Log", "Next in", "Left behind", "Would do now"]}>
              {tables.map((table) => (
                <Line key={table.name} table={table} />
              ))}
            </Rows>
          </>
        )}
      </Found>
    </Panel>
  );
}

function Line({ table }: { table: TableUpkeep }) {
  return (
    <TableRow>
      <TableCell component="th" scope="row" sx={{ whiteSpace: "nowrap" }}>
        <ViewLink to={`/tables/${table.name}/upkeep`}>{table.name}</ViewLink>
      </TableCell>
      <TableCell align="right" sx={{ whiteSpace: "nowrap" }}>
        {count(table.small_files)} of {count(table.files)}
      </TableCell>
      <TableCell align="right" sx={{ whiteSpace: "nowrap" }}>
        {count(table.log_entries)}
      </TableCell>
      <TableCell align="right" sx={{ whiteSpace: "nowrap" }}>
        {count(table.commits_to_go)} commits
      </TableCell>
      <TableCell align="right" sx={{ whiteSpace: "nowrap" }}>
        {count(table.left_files)}, {bytes(table.left_bytes)}
      </TableCell>
      <TableCell sx={{ whiteSpace: "nowrap" }}>{waiting(table)}</TableCell>
    </TableRow>
  );
}
