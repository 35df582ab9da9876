/** What is looked at, as the address says it: a link opens the same view. The page itself is the address's path. */
import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";

export const RANGES = {
  "1h": { label: "Last hour", minutes: 60, step: "1m" },
  "6h": { label: "Last 6 hours", minutes: 360, step: "5m" },
  "1d": { label: "Last 24 hours", minutes: 1_440, step: "15m" },
  "7d": { label: "Last 7 days", minutes: 10_080, step: "1h" },
  "30d": { label: "Last 30 days", minutes: 43_200, step: "1d" },
  "1y": { label: "Last year", minutes: 525_600, step: "1d" },
} as const;

export type RangeName = keyof typeof RANGES;

export const FIRST_RANGE: RangeName = "1h";

export interface View {
  range: RangeName;
  /** A time or table versions, as the API takes it; null for the present. */
  asOf: string | null;
  /** A filter of the page, or null where it is not set. */
  filter: (name: string) => string | null;
  set: (changes: Record<string, string | null>) => void;
}

export function useView(): View {
  const [search, setSearch] = useSearchParams();
  const set = useCallback(
    (changes: Record<string, string | null>) =>
      setSearch((before) => {
        const next = new URLSearchParams(before);
        for (const [name, value] of Object.entries(changes)) {
          if (value === null || value === "") next.delete(name);
          else next.set(name, value);
        }
        return next;
      }),
    [setSearch],
  );
  return useMemo(() => {
    const range = search.get("range") ?? "";
    return {
      range: range in RANGES ? (range as RangeName) : FIRST_RANGE,
      asOf: search.get("as_of"),
      filter: (name) => search.get(name),
      set,
    };
  }, [search, set]);
}

/** The part of the address that every page shares; the filters of one page mean nothing on another. */
export function shared(search: string): string {
  const all = new URLSearchParams(search);
  const kept = new URLSearchParams();
  for (const name of ["range", "as_of"]) {
    const value = all.get(name);
    if (value !== null) kept.set(name, value);
  }
  return kept.size === 0 ? "" : `?${kept}`;
}

/** The milliseconds since the epoch that an `as_of` names; null for the present, and for table versions. */
export function timeOf(asOf: string | null): number | null {
  // Date.parse takes `silver.events=87` for a year.
  return asOf !== null && /^\d{4}-\d\d-\d\dT/.test(asOf) ? Date.parse(asOf) : null;
}
