import { TableCell, TableRow, Typography } from "@mui/material";

import { Rows } from "../ui/Rows";
import { count, dayAndMinute, money, NOTHING, percent } from "../view/format";
import type { Answer } from "./reads";

const SHOWN = 50;

type Column = Answer["columns"][number];

/** The rows of an answer, each figure as its metric is read. */
export function Figures({ answer }: { answer: Answer }) {
  const { columns, data } = answer;
  const only = answer.query?.filters?.find(({ dimension, operator }) => dimension === "currency" && operator === "eq");
  const currencyOf = (row: Answer["data"][number]): string =>
    typeof row.currency === "string" ? row.currency : String(only?.values?.[0] ?? "");
  // One figure is in the sentence.
  if (data.length === 0 || (data.length === 1 && columns.length === 1)) return null;
  const metrics = columns.filter(({ kind }) => kind === "metric").length;
  const figures = metrics === 1 ? "last" : metrics === columns.length - 1;
  return (
    <>
      <Rows tall figures={figures} head={columns.map(({ name }) => name.replaceAll("_", " "))}>
        {data.slice(0, SHOWN).map((row, place) => (
          <TableRow key={place}>
            {columns.map((column) => (
              <TableCell key={column.name} align={figures !== false && column.kind === "metric" ? "right" : "left"}>
                {spelled(column, row[column.name], currencyOf(row))}
              </TableCell>
            ))}
          </TableRow>
        ))}
      </Rows>
      {(data.length > SHOWN || answer.is_cut) && (
        <Typography variant="body2" color="text.secondary">
          The first {count(Math.min(SHOWN, data.length))} of {answer.is_cut ? "more than " : ""}
          {count(data.length)} rows.
        </Typography>
      )}
    </>
  );
}

function spelled({ kind, format }: Column, value: unknown, currency: string): string {
  if (value === null || value === undefined) return kind === "dimension" ? "not given" : NOTHING;
  const text = typeof value === "string" ? value : JSON.stringify(value);
  if (kind === "time") return dayAndMinute(text);
  if (kind === "dimension") return text;
  if (format === "percent") return percent(text);
  return format === "money" && currency !== "" ? money(text, currency) : count(Number(text));
}
