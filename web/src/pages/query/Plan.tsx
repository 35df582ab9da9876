import { Box, List, ListItem, Stack, TableCell, TableRow, Typography } from "@mui/material";

import type { Schemas } from "../../api/client";
import { Found } from "../../ui/Found";
import { Panel } from "../../ui/Panel";
import { Rows } from "../../ui/Rows";
import { bytes, count } from "../../view/format";
import { useAdvice, usePlan } from "./reads";

interface Props {
  sql: string;
  run: number;
}

/** How the statement is run, and what it reads. */
export function Plan({ sql, run }: Props) {
  const plan = usePlan(sql, run);
  return (
    <Panel title="Plan">
      <Found query={plan} height={240}>
        {(found) => (
          <Stack spacing={1.5}>
            <Reads tables={found.tables} />
            <Box component="pre" tabIndex={0} aria-label="Plan, as DuckDB draws it" sx={{ m: 0, overflow: "auto" }}>
              {found.plan}
            </Box>
            <Typography variant="body2" color="text.secondary">
              Run in its place:
            </Typography>
            <Box
              component="pre"
              tabIndex={0}
              aria-label="What is run in its place"
              sx={{ m: 0, whiteSpace: "pre-wrap" }}
            >
              {found.sql}
            </Box>
          </Stack>
        )}
      </Found>
    </Panel>
  );
}

/** What would have the statement read less. */
export function Advice({ sql, run }: Props) {
  const advice = useAdvice(sql, run);
  return (
    <Panel title="Advice">
      <Found query={advice} height={240}>
        {({ tables, hints }) => (
          <Stack spacing={1.5}>
            {hints.length === 0 ? (
              <Typography variant="body2">Nothing to say: it reads no more than it has to.</Typography>
            ) : (
              <List dense disablePadding>
                {hints.map((hint) => (
                  <ListItem key={hint} disableGutters>
                    {hint}
                  </ListItem>
                ))}
              </List>
            )}
            <Reads tables={tables} />
          </Stack>
        )}
      </Found>
    </Panel>
  );
}

function Reads({ tables }: { tables: Schemas["TableRead"][] }) {
  return (
    <Rows figures head={["Table", "Version", "Files read", "Of", "Size"]}>
      {tables.map((table) => (
        <TableRow key={table.name}>
          <TableCell component="th" scope="row">
            {table.name}
          </TableCell>
          <TableCell align="right">{table.version}</TableCell>
          <TableCell align="right">{count(table.files)}</TableCell>
          <TableCell align="right">{count(table.total_files)}</TableCell>
          <TableCell align="right">{bytes(table.bytes)}</TableCell>
        </TableRow>
      ))}
    </Rows>
  );
}
