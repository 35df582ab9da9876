/** How a row of gold would differ, in words. */
import type { Schemas } from "../../../api/client";
import { spelled } from "../../history/spelled";

// What tells rows of the gold tables apart; of no figure.
const KEYS = ["window_start", "currency", "product_id", "dimension", "value"];
const NOT_TOLD = new Set([...KEYS, "window_end"]);

/** Which row it is. */
export function keyOf(row: Record<string, unknown>): string {
  return KEYS.filter((name) => name in row)
    .map((name) => spelled(row[name]))
    .join(" ");
}

/** The figures that change, as before → after; of a row that is new all of them. */
export function told({ before, after }: Schemas["RowChange"]): string {
  const names = Object.keys(after).filter((name) => !NOT_TOLD.has(name));
  if (before === null) return `new: ${names.map((name) => `${name} ${spelled(after[name])}`).join(", ")}`;
  return names
    .filter((name) => spelled(before[name]) !== spelled(after[name]))
    .map((name) => `${name} ${spelled(before[name])} → ${spelled(after[name])}`)
    .join(", ");
}
