import { TableCell, TableRow, Typography } from "@mui/material";

import type { Schemas } from "../../api/client";
import { mono } from "../../app/theme";
import { Found } from "../../ui/Found";
import { Panel } from "../../ui/Panel";
import { Rows } from "../../ui/Rows";
import { count, NOTHING } from "../../view/format";
import { useProfile } from "./reads";
import type { Part } from "./TablePage";

type Column = Schemas["ColumnProfile"];

/** What the columns hold: nulls, different values, bounds and what is there most often. */
export function Profile({ name, version }: Part) {
  const profile = useProfile(name, version);
  return (
    <Panel title={`What the columns hold at version ${version}`}>
      <Found query={profile} height={420}>
        {({ rows, is_complete, columns }) => (
          <>
            <Rows head={["Column", "Nulls", "Different", "Most often", "Lowest", "Half below", "Highest"]}>
              {columns.map((column) => (
                <TableRow key={column.name}>
                  <TableCell component="th" scope="row" sx={mono}>
                    {column.name}
                  </TableCell>
                  <TableCell>{count(column.nulls)}</TableCell>
                  <TableCell>{count(column.distincts)}</TableCell>
                  <TableCell sx={{ ...mono, minWidth: 280, overflowWrap: "anywhere" }}>{often(column)}</TableCell>
                  {[column.lowest, column.quantiles?.p50 ?? null, column.highest].map((value, place) => (
                    <TableCell key={place} sx={{ ...mono, whiteSpace: "nowrap", maxWidth: 240, overflow: "hidden" }}>
                      {spelled(value)}
                    </TableCell>
                  ))}
                </TableRow>
              ))}
            </Rows>
            <Typography variant="body2" color="text.secondary" sx={{ mt: 1 }}>
              Of {is_complete ? "all" : "the newest"} {count(rows)} rows.
            </Typography>
          </>
        )}
      </Found>
    </Panel>
  );
}

function often({ frequent }: Column): string {
  return frequent.length === 0
    ? NOTHING
    : frequent
        .slice(0, 3)
        .map(({ value, rows }) => `${spelled(value)} (${count(rows)})`)
        .join(", ");
}

function spelled(value: string | number | boolean | string[] | null): string {
  if (value === null) return NOTHING;
  return Array.isArray(value) ? value.join(", ") : String(value);
}
