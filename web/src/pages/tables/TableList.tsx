import { TableCell, TableRow } from "@mui/material";

import { Found } from "../../ui/Found";
import { Panel } from "../../ui/Panel";
import { Rows } from "../../ui/Rows";
import { ViewLink } from "../../ui/ViewLink";
import { bytes, count, moment, NOTHING } from "../../view/format";
import { useLastCommits, useTables, type LastCommits, type Summary } from "./reads";

/** Every table in the order in which they are filled, with its size and when it last changed. */
export function TableList() {
  const tables = useTables();
  const commits = useLastCommits();
  return (
    <Panel title="All tables of the lake">
      <Found query={tables} height={360}>
        {(found) => (
          <Rows figures="inner" head={["Table", "Rows", "Size", "Files", "Version", "Last commit", "Grain"]}>
            {found.map((table) => (
              <Line
                key={table.name}
                table={table}
                last={commits.isPending ? "…" : lastCommit(table.name, commits.data)}
              />
            ))}
          </Rows>
        )}
      </Found>
    </Panel>
  );
}

function Line({ table, last }: { table: Summary; last: string }) {
  return (
    <TableRow>
      <TableCell component="th" scope="row" sx={{ whiteSpace: "nowrap" }}>
        <ViewLink to={`/tables/${table.name}`}>{table.name}</ViewLink>
      </TableCell>
      <TableCell align="right">{count(table.rows)}</TableCell>
      <TableCell align="right" sx={{ whiteSpace: "nowrap" }}>
        {bytes(table.bytes)}
      </TableCell>
      <TableCell align="right">{count(table.files)}</TableCell>
      <TableCell align="right">{table.version}</TableCell>
      <TableCell align="right" sx={{ whiteSpace: "nowrap" }}>
        {last}
      </TableCell>
      <TableCell sx={{ whiteSpace: "nowrap" }}>{table.grain}</TableCell>
    </TableRow>
  );
}

function lastCommit(name: string, commits: LastCommits | undefined): string {
  const time = commits?.times.get(name);
  if (time !== undefined) return moment(time);
  return commits?.since == null ? NOTHING : `before ${moment(commits.since)}`;
}
