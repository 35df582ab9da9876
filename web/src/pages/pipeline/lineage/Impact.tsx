import { Stack, TableCell, TableRow, Typography } from "@mui/material";

import type { Schemas } from "../../../api/client";
import { Found } from "../../../ui/Found";
import { Panel } from "../../../ui/Panel";
import { Rows } from "../../../ui/Rows";
import { ColumnLink } from "./ColumnLink";
import { useImpact } from "./reads";

type Affected = Schemas["Impact"];

/** What is made of the column, and who reads it. member: only what is made of that member of the record. */
export function Impact({ column, member }: { column: string; member: string }) {
  const impact = useImpact(column, member);
  const what = member === "" ? column : `the record's member ${member}`;
  return (
    <Panel title={`What is made of ${what}, and who reads it`}>
      <Found query={impact} height={200}>
        {(found) => (
          <Stack spacing={2}>
            <Columns found={found} />
            <Readers found={found} />
          </Stack>
        )}
      </Found>
    </Panel>
  );
}

function Columns({ found }: { found: Affected }) {
  if (found.columns.length === 0) return <Typography variant="body2">No other column is made of it.</Typography>;
  return (
    <Rows head={["Column", "How", "By"]}>
      {found.columns.map(({ column, how, by }) => (
        <TableRow key={column}>
          <TableCell>
            <ColumnLink column={column} />
          </TableCell>
          <TableCell sx={{ minWidth: 200 }}>
            {how === "value" ? "its values are made of it" : "which rows count depends on it"}
          </TableCell>
          <TableCell>
            <code>{by}</code>
          </TableCell>
        </TableRow>
      ))}
    </Rows>
  );
}

function Readers({ found }: { found: Affected }) {
  if (found.readers.length === 0) return <Typography variant="body2">No endpoint reads it by name.</Typography>;
  return (
    <Rows tall head={["Reader", "Reads"]}>
      {found.readers.map(({ name, reads }) => (
        <TableRow key={name}>
          <TableCell>
            <code>{name}</code>
          </TableCell>
          <TableCell sx={{ minWidth: 200 }}>{reads.join(", ")}</TableCell>
        </TableRow>
      ))}
    </Rows>
  );
}
