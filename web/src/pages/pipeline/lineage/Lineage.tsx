import { List, ListItem, MenuItem, Stack, TextField, Typography } from "@mui/material";

import { useView } from "../../../app/view";
import { Found } from "../../../ui/Found";
import { Panel } from "../../../ui/Panel";
import { useSchema } from "../../tables/reads";
import { Impact } from "./Impact";
import { MadeOf } from "./MadeOf";
import { useTableLineage, type TableLineage } from "./reads";
import { TableGraph } from "./TableGraph";
import { WhatIf } from "./WhatIf";

/** What is made of what: tables, then the columns of one of them, then one column's sources and readers. */
export function Lineage() {
  const lineage = useTableLineage();
  const { filter, set } = useView();
  const column = filter("column");
  const table = column === null ? filter("table") : column.split(".").slice(0, 2).join(".");
  return (
    <>
      <Panel title="Tables">
        <Found query={lineage} height={340}>
          {(found) => (
            <Stack spacing={1.5}>
              <TableGraph
                lineage={found}
                chosen={table}
                onChoose={(name) => set({ table: name, column: null, member: null, to: null })}
              />
              <ComputedFrom lineage={found} table={table} />
            </Stack>
          )}
        </Found>
      </Panel>
      {table !== null && <Column key={table} table={table} column={column} />}
    </>
  );
}

function ComputedFrom({ lineage, table }: { lineage: TableLineage; table: string | null }) {
  if (table === null) return <Typography variant="body2">Choose a table to see its columns.</Typography>;
  const edges = lineage.edges.filter(({ target }) => target === table);
  if (edges.length === 0) {
    return <Typography variant="body2">{table} is computed from no table: it holds what was received.</Typography>;
  }
  return (
    <List dense disablePadding>
      {edges.map(({ source, by }) => (
        <ListItem key={source} disableGutters sx={{ py: 0, display: "block" }}>
          {table} is computed from {source}, by <code>{by.join(", ")}</code>
        </ListItem>
      ))}
    </List>
  );
}

function Column({ table, column }: { table: string; column: string | null }) {
  const schema = useSchema(table);
  const { filter, set } = useView();
  const member = filter("member") ?? "";
  return (
    <>
      <Panel title={`Columns of ${table}`}>
        <Found query={schema} height={56}>
          {({ columns }) => (
            <TextField
              select
              size="small"
              label="Column"
              value={columns.some(({ name }) => `${table}.${name}` === column) ? column : ""}
              onChange={(event) => set({ column: event.target.value, member: null, to: null })}
              sx={{ minWidth: 280, maxWidth: "100%" }}
            >
              {columns.map(({ name, type }) => (
                <MenuItem key={name} value={`${table}.${name}`}>
                  {name}
                  <Typography component="span" variant="body2" color="text.secondary" sx={{ ml: 1 }}>
                    {type}
                  </Typography>
                </MenuItem>
              ))}
            </TextField>
          )}
        </Found>
      </Panel>
      {column !== null && (
        <>
          <MadeOf key={column} column={column} />
          <Impact column={column} member={member} />
          <WhatIf column={column} />
        </>
      )}
    </>
  );
}
