/** Reasons over time as stacked bars: every step of the range, the most frequent reasons by name, the rest together. */
import type { Schemas } from "../../api/client";

export const OTHERS = "others";

export interface Bars {
  /** From the most frequent on; the last is `others` where there are more than can be told apart. */
  reasons: string[];
  steps: ({ start: string } & Record<string, number | string>)[];
}

export function barsOf({ start, end, step_s, by_reason, over_time }: Schemas["QuarantineSummary"], most: number): Bars {
  const ranked = by_reason.map(({ reason }) => reason);
  const named = ranked.length > most ? ranked.slice(0, most - 1) : ranked;
  const found = new Map(over_time.map((step) => [Date.parse(step.step_start), step.reasons]));
  const length = step_s * 1_000;
  const steps: Bars["steps"] = [];
  // The API's steps begin where the range does.
  for (let at = Date.parse(start); at < Date.parse(end); at += length) {
    const counts = Object.entries(found.get(at) ?? {});
    const bar: Bars["steps"][number] = { start: new Date(at).toISOString() };
    for (const reason of named) bar[reason] = 0;
    if (named.length < ranked.length) bar[OTHERS] = 0;
    for (const [reason, records] of counts) {
      const name = named.includes(reason) ? reason : OTHERS;
      bar[name] = Number(bar[name] ?? 0) + records;
    }
    steps.push(bar);
  }
  return { reasons: named.length < ranked.length ? [...named, OTHERS] : named, steps };
}
