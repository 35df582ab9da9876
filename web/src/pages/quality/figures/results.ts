/** Results of expectations, put in order. */
import type { Schemas } from "../../../api/client";

type Result = Schemas["QualityResult"];

/** Those that are broken first, then by how many rows failed; without those that nothing failed of, unless all are wanted. */
export function ranked(results: Result[], all: boolean): Result[] {
  return results
    .filter(({ failed }) => all || failed > 0)
    .toSorted((a, b) => Number(a.holds) - Number(b.holds) || b.failed - a.failed);
}

/** The id of a record of quarantine, from what tells it apart. */
export function recordOf(place: Record<string, unknown>): string | null {
  const parts = ["source", "partition", "position", "topic"].map((name) => place[name]);
  return parts.every((part) => typeof part === "string" || typeof part === "number") ? parts.join("-") : null;
}

/** A span in equal parts of whole minutes; fewer where there are fewer minutes. */
export function partsOf({ start, end }: { start: string; end: string }, most: number): { from: string; to: string }[] {
  const [first, last] = [Date.parse(start), Date.parse(end)];
  const minutes = Math.ceil((last - first) / 60_000 / most);
  const parts = [];
  for (let at = first; at < last; at += minutes * 60_000) {
    const to = Math.min(at + minutes * 60_000, last);
    parts.push({ from: new Date(at).toISOString(), to: new Date(to).toISOString() });
  }
  return parts;
}
