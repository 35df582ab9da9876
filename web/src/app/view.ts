/** What is looked at, as the address says it: a link opens the same view. The page itself is the address's path. */
import { useCallback, useMemo } from "react";
import { useSearchParams, type NavigateOptions } from "react-router";

export const RANGES = {
  "1h": { label: "Last hour", minutes: 60, step: "1m" },
  "6h": { label: "Last 6 hours", minutes: 360, step: "5m" },
  "1d": { label: "Last 24 hours", minutes: 1_440, step: "15m" },
  "7d": { label: "Last 7 days", minutes: 10_080, step: "1h" },
  "30d": { label: "Last 30 days", minutes: 43_200, step: "1d" },
  "1y": { label: "Last year", minutes: 525_600, step: "1d" },
} as const;

export type RangeName = keyof typeof RANGES;

export const STEPS = {
  "1m": { label: "1 min", minutes: 1 },
  "5m": { label: "5 min", minutes: 5 },
  "15m": { label: "15 min", minutes: 15 },
  "1h": { label: "1 h", minutes: 60 },
  "1d": { label: "1 day", minutes: 1_440 },
} as const;

export type StepName = keyof typeof STEPS;

/** The steps that may be chosen instead of those that fit a range. */
export const CHOSEN_STEPS = ["1m", "15m", "1h"] as const satisfies StepName[];

export type ChosenStep = (typeof CHOSEN_STEPS)[number];

// A day of minutes: more points than a chart has pixels tell nothing more. Of less than four there is no line to see.
const MOST_STEPS = 1_440;
const FEWEST_STEPS = 4;

/** Why a range is not told in such steps; null where it is. */
export function whyNot(range: RangeName, step: StepName): string | null {
  const steps = RANGES[range].minutes / STEPS[step].minutes;
  if (steps > MOST_STEPS)
    return `too fine: ${steps.toLocaleString()} steps, and at most ${MOST_STEPS.toLocaleString()} are drawn`;
  if (steps < FEWEST_STEPS) return `too coarse: less than ${FEWEST_STEPS} steps`;
  return null;
}

export const FIRST_RANGE: RangeName = "1h";

export interface View {
  range: RangeName;
  /** How long a step of the range is: the chosen one, or else that which fits. */
  step: StepName;
  /** The one that is in the address, whether or not the range is told in it; null where none is. */
  chosen: ChosenStep | null;
  /** A time or table versions, as the API takes it; null for the present. */
  asOf: string | null;
  /** Whose view it is; null where no key was used. */
  tenant: string | null;
  /** A filter of the page, or null where it is not set. */
  filter: (name: string) => string | null;
  set: (changes: Record<string, string | null>, how?: NavigateOptions) => void;
}

export function useView(): View {
  const [search, setSearch] = useSearchParams();
  const set = useCallback(
    (changes: Record<string, string | null>, how?: NavigateOptions) =>
      setSearch((before) => {
        const next = new URLSearchParams(before);
        for (const [name, value] of Object.entries(changes)) {
          if (value === null || value === "") next.delete(name);
          else next.set(name, value);
        }
        return next;
      }, how),
    [setSearch],
  );
  return useMemo(() => {
    const named = search.get("range") ?? "";
    const range = named in RANGES ? (named as RangeName) : FIRST_RANGE;
    const chosen = CHOSEN_STEPS.find((step) => step === search.get("step")) ?? null;
    return {
      range,
      step: chosen !== null && whyNot(range, chosen) === null ? chosen : RANGES[range].step,
      chosen,
      asOf: search.get("as_of"),
      tenant: search.get("tenant"),
      filter: (name) => search.get(name),
      set,
    };
  }, [search, set]);
}

/** The part of the address that every page shares; the filters of one page mean nothing on another. */
export function shared(search: string): string {
  const all = new URLSearchParams(search);
  const kept = new URLSearchParams();
  for (const name of ["range", "step", "as_of", "tenant"]) {
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
