import { Box, Button, Stack, TableCell, TableRow, Typography } from "@mui/material";

import { useView } from "../../app/view";
import { Found } from "../../ui/Found";
import { Further } from "../../ui/Further";
import { Panel } from "../../ui/Panel";
import { Rows } from "../../ui/Rows";
import { count, moment } from "../../view/format";
import { byBatch, shares, type Group } from "./batches";
import { Lanes, Swatch } from "./Lanes";
import { useTableNames, useTimeline } from "./reads";

/** What was committed, batch by batch. */
export function Commits() {
  const timeline = useTimeline();
  const tables = useTableNames().data ?? [];
  return (
    <Panel title="Commits of all tables">
      <Found query={timeline} height={420}>
        {(found) => (
          <Stack spacing={2}>
            <Lanes entries={found} tables={tables.filter((table) => found.some((entry) => entry.table === table))} />
            <Typography variant="body2" color="text.secondary">
              <Swatch color="events" /> changed rows <Swatch color="late" /> left the rows as they were
            </Typography>
            <Rows acts tall head={["Time (UTC)", "Batch", "What it did", "Travel"]}>
              {byBatch(found).map((group) => (
                <GroupRow key={group.key} group={group} tables={tables} />
              ))}
            </Rows>
            <Further query={timeline} name="Earlier commits" />
          </Stack>
        )}
      </Found>
    </Panel>
  );
}

function GroupRow({ group, tables }: { group: Group; tables: string[] }) {
  const { set } = useView();
  return (
    <TableRow>
      <TableCell sx={{ whiteSpace: { md: "nowrap" } }}>{moment(group.at).replace(" UTC", "")}</TableCell>
      <TableCell>{group.batch === null ? <Upkeep group={group} /> : group.batch}</TableCell>
      <TableCell>
        <Box sx={{ display: "flex", flexWrap: "wrap", columnGap: 2 }}>
          {shares(group, tables).map(({ table, version, rowsAdded, rowsRemoved }) => (
            <Typography key={table} variant="body2" component="span" sx={{ whiteSpace: "nowrap" }}>
              <Button
                size="small"
                sx={{ minWidth: 0, p: 0, mr: 0.5, verticalAlign: "baseline" }}
                onClick={() => set({ table, version: String(version) })}
              >
                {table} v{version}
              </Button>
              +{count(rowsAdded)}
              {rowsRemoved !== 0 && ` −${rowsRemoved === null ? "?" : count(rowsRemoved)}`}
            </Typography>
          ))}
        </Box>
      </TableCell>
      <TableCell>
        {group.isPublished && (
          <Button size="small" sx={{ whiteSpace: "nowrap" }} onClick={() => set({ as_of: group.at })}>
            As of here
          </Button>
        )}
      </TableCell>
    </TableRow>
  );
}

function Upkeep({ group }: { group: Group }) {
  return (
    <Typography variant="body2" color="text.secondary" sx={{ whiteSpace: "nowrap" }}>
      {group.commits[0]?.operation.toLowerCase()}
    </Typography>
  );
}
