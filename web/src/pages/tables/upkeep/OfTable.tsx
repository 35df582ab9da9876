import { TableCell, TableRow, Typography } from "@mui/material";

import { Found } from "../../../ui/Found";
import { Panel } from "../../../ui/Panel";
import { Rows } from "../../../ui/Rows";
import { ViewLink } from "../../../ui/ViewLink";
import { bytes, count, many, moment } from "../../../view/format";
import { useMaintenance, type TableUpkeep } from "./reads";
import { waiting } from "./spelled";

/** How upkeep of one table stands. It is of the present, whatever version is looked at. */
export function OfTable({ name }: { name: string }) {
  const maintenance = useMaintenance();
  return (
    <Panel title="Upkeep at this moment">
      <Found query={maintenance} height={280}>
        {({ tables }) => {
          const found = tables.find((table) => table.name === name);
          return found === undefined ? "It has none of its own." : <Facts table={found} />;
        }}
      </Found>
      <Typography variant="body2" sx={{ mt: 1 }}>
        <ViewLink to="/tables/upkeep" filters={{ of: name }}>
          Have it done by a job
        </ViewLink>
      </Typography>
    </Panel>
  );
}

function Facts({ table }: { table: TableUpkeep }) {
  const { checkpoint, checkpoint_at } = table;
  const facts = [
    ["Version", count(table.version)],
    [
      "Files",
      `${many(table.files, "file")}, ${bytes(table.bytes)}; ${count(table.small_files)} small enough to be gathered`,
    ],
    ["Log", `${many(table.log_entries, "commit")} kept one by one`],
    [
      "Checkpoint",
      checkpoint === null
        ? "none yet"
        : `of version ${count(checkpoint)}${checkpoint_at === null ? "" : `, ${moment(checkpoint_at)}`}`,
    ],
    ["Next upkeep", `after ${many(table.commits_to_go, "more commit")}`],
    ["Left behind", `${many(table.left_files, "file")} of earlier versions, ${bytes(table.left_bytes)}`],
    ["Would do now", waiting(table)],
  ] as const;
  return (
    <Rows head={["Of", "State"]}>
      {facts.map(([name, said]) => (
        <TableRow key={name}>
          <TableCell component="th" scope="row" sx={{ whiteSpace: "nowrap" }}>
            {name}
          </TableCell>
          <TableCell>{said}</TableCell>
        </TableRow>
      ))}
    </Rows>
  );
}
