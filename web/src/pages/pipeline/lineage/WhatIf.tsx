import { MenuItem, Stack, TableCell, TableRow, TextField, Typography } from "@mui/material";

import type { Schemas } from "../../../api/client";
import { useView } from "../../../app/view";
import { Found } from "../../../ui/Found";
import { Panel } from "../../../ui/Panel";
import { Rows } from "../../../ui/Rows";
import { many } from "../../../view/format";
import { useWhatIf, type Family } from "./reads";

const FAMILIES = ["number", "text", "time", "boolean"] as const satisfies Family[];

/** What a change of the column would break. Nothing is changed. */
export function WhatIf({ column }: { column: string }) {
  const { filter, set } = useView();
  const to = FAMILIES.find((family) => family === filter("to")) ?? null;
  const broken = useWhatIf(column, to);
  return (
    <Panel title="What would break">
      <Stack spacing={2} sx={{ alignItems: "start" }}>
        <TextField
          select
          size="small"
          label={`If ${column}`}
          value={to ?? "dropped"}
          onChange={(event) => set({ to: event.target.value === "dropped" ? null : event.target.value })}
          sx={{ minWidth: 280, maxWidth: "100%" }}
        >
          <MenuItem value="dropped">were dropped</MenuItem>
          {FAMILIES.map((family) => (
            <MenuItem key={family} value={family}>
              became {family === "text" ? "text" : `a ${family}`}
            </MenuItem>
          ))}
        </TextField>
        <Stack sx={{ width: "100%" }}>
          <Found query={broken} height={160}>
            {(found) => <Breaks found={found} />}
          </Found>
        </Stack>
      </Stack>
    </Panel>
  );
}

function Breaks({ found }: { found: Schemas["WhatIf"] }) {
  if (found.breaks.length === 0) return <Typography variant="body2">Nothing would break.</Typography>;
  const counts = Object.entries(found.counts)
    .filter(([, number]) => number > 0)
    .map(([kind, number]) => many(number, kind));
  return (
    <Stack spacing={1}>
      <Typography variant="body2">{counts.join(" and ")} would break.</Typography>
      <Rows head={["What", "Why"]} tall>
        {found.breaks.map(({ kind, name, why }) => (
          <TableRow key={`${kind} ${name}`}>
            <TableCell>
              <code>{name}</code>
            </TableCell>
            <TableCell sx={{ minWidth: 200 }}>{why}</TableCell>
          </TableRow>
        ))}
      </Rows>
    </Stack>
  );
}
