import { TableCell, TableRow, Typography } from "@mui/material";

import { Rows } from "../../ui/Rows";
import { count, dayAndMinute } from "../../view/format";
import type { Metric } from "./choice";
import { spelledBy } from "./figure";
import type { Question } from "./reads";
import { part, type Row } from "./series";

// What somebody scrolls through; whoever needs more takes the file.
const SHOWN = 300;

interface Props {
  metric: Metric;
  question: Question;
  rows: Row[];
}

/** The rows as a table, the newest step first. */
export function Figures({ metric, question, rows }: Props) {
  const dimensions = question.dimensions ?? [];
  const keys = question.grain === "all" ? dimensions : ["step_start", ...dimensions];
  const ordered = question.grain === "all" ? rows : rows.toReversed();
  const only = question.filters?.find(({ dimension, operator }) => dimension === "currency" && operator === "eq");
  const currencyOf = (row: Row): string | null =>
    typeof row.currency === "string" ? row.currency : only === undefined ? null : String(only.values?.[0]);
  return (
    <>
      <Rows tall figures="last" head={[...keys.map(headOf), metric.title]}>
        {ordered.slice(0, SHOWN).map((row, place) => (
          <TableRow key={place}>
            {keys.map((key) => (
              <TableCell key={key} sx={{ overflowWrap: "anywhere" }}>
                {key === "step_start" ? dayAndMinute(String(row[key])) : part(row[key])}
              </TableCell>
            ))}
            <TableCell align="right" sx={{ whiteSpace: "nowrap" }}>
              {spelledBy(metric, row[metric.name] as string | number | null, currencyOf(row))}
            </TableCell>
          </TableRow>
        ))}
      </Rows>
      {rows.length > SHOWN && (
        <Typography variant="body2" color="text.secondary">
          The first {count(SHOWN)} of {count(rows.length)} rows.
        </Typography>
      )}
    </>
  );
}

function headOf(key: string): string {
  return key === "step_start" ? "Step (UTC)" : key;
}
