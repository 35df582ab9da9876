/** What a chart shows, as figures. */
import type { LineOf } from "./steps";

export interface Table {
  head: string[];
  rows: (string | number | null)[][];
}

/** One row for each step, one column for each line. */
export function tableOf(starts: string[], lines: Pick<LineOf, "name" | "values">[]): Table {
  return {
    head: ["start", ...lines.map(({ name }) => name)],
    rows: starts.map((start, at) => [start, ...lines.map(({ values }) => values[at] ?? null)]),
  };
}

/** As RFC 4180 has it; text is quoted, what is null is empty. */
export function csvOf({ head, rows }: Table): string {
  return [head, ...rows].map((row) => `${row.map(cell).join(",")}\n`).join("");
}

function cell(value: string | number | null): string {
  if (value === null) return "";
  return typeof value === "number" ? `${value}` : `"${value.replaceAll('"', '""')}"`;
}
