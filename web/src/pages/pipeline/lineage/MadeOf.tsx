import { Box, Stack, TableCell, TableRow, Typography } from "@mui/material";

import { Found } from "../../../ui/Found";
import { Panel } from "../../../ui/Panel";
import { Rows } from "../../../ui/Rows";
import { ColumnLink } from "./ColumnLink";
import { useColumnLineage, type LineageColumn } from "./reads";

const HOW: Record<LineageColumn["sources"][number]["how"], string> = {
  value: "its values are made of it",
  filter: "it decides which rows count",
  group: "it decides which rows belong together",
};

/** The column, what it is made of, and what that is made of, down to the record received. */
export function MadeOf({ column }: { column: string }) {
  const lineage = useColumnLineage(column);
  return (
    <Panel title={`What ${column} is made of`}>
      <Found query={lineage} height={200}>
        {({ data }) => (
          <Stack spacing={1}>
            {data.map((part) => (
              <Part key={part.column} part={part} open={part.column === column} />
            ))}
          </Stack>
        )}
      </Found>
    </Panel>
  );
}

function Part({ part, open }: { part: LineageColumn; open: boolean }) {
  return (
    <Box component="details" open={open} sx={{ border: 1, borderColor: "divider", borderRadius: 1, px: 1.5, py: 1 }}>
      <Box component="summary" sx={{ cursor: "pointer", overflowWrap: "anywhere" }}>
        <strong>{part.column}</strong>{" "}
        <Typography component="span" variant="body2" color="text.secondary">
          {part.type} · {part.meaning}
        </Typography>
      </Box>
      <Stack spacing={1.5} sx={{ mt: 1 }}>
        {part.steps.map(({ name, expression }) => (
          <Step key={name} name={name} expression={expression} />
        ))}
        <Typography variant="body2" color="text.secondary">
          Said by <code>{part.by}</code>
        </Typography>
        {part.sources.length > 0 && (
          <Rows head={["Source", "How"]}>
            {part.sources.map(({ column, member, how }) => (
              <TableRow key={`${column} ${member} ${how}`}>
                <TableCell>
                  <ColumnLink column={column} member={member} />
                </TableCell>
                <TableCell sx={{ minWidth: 200 }}>{HOW[how]}</TableCell>
              </TableRow>
            ))}
          </Rows>
        )}
      </Stack>
    </Box>
  );
}

function Step({ name, expression }: { name: string; expression: string }) {
  return (
    <Box>
      <Typography variant="body2" color="text.secondary">
        {name} =
      </Typography>
      <Box
        component="pre"
        tabIndex={0}
        aria-label={`Expression of ${name}`}
        sx={{ m: 0, maxHeight: 180, overflow: "auto", whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}
      >
        {expression}
      </Box>
    </Box>
  );
}
