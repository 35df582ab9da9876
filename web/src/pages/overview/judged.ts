/** What of a chart is unlike the days before: where its figure was expected, and the steps with a minute outside of it. */
import { useQueries, useQuery, type UseQueryResult } from "@tanstack/react-query";
import { useMemo } from "react";

import { api, unwrap, type Schemas } from "../../api/client";
import { oneByOne } from "../../api/oneByOne";
import { RANGES, useView } from "../../app/view";
import type { Mark } from "../../charts/drawn";
import type { Band } from "../../charts/steps";
import { SELDOM_MS, useRenewal } from "../../live/renewal";
import type { Span } from "../../live/span";
import type { Values } from "./minutes";

/** What one figure over time is of. */
export interface Series {
  metric: Schemas["Watched"];
  /** Of money; null for what is counted. */
  currency: string | null;
}

/** What was found of a range: of all series what is odd, of each, in their order, what was expected by minute. */
export interface Judgement {
  odd: Schemas["Anomaly"][];
  expected: (Expected | undefined)[];
  /** Why that is not known. */
  error: unknown;
}

/** By milliseconds since the epoch. */
export type Expected = Map<number, Band>;

export const MOST_MINUTES = 7 * 1_440;

/** What can judge, the usual one first; those that lack something are not offered. */
export function useDetectors(): string[] {
  const { data } = useQuery({
    queryKey: ["detectors"],
    staleTime: Infinity,
    queryFn: () => unwrap(api.GET("/api/v1/ml/detectors")),
  });
  return useMemo(() => {
    const usable = (data?.data ?? []).filter(({ is_usable }) => is_usable);
    return usable.sort((one, other) => Number(other.is_default) - Number(one.is_default)).map(({ name }) => name);
  }, [data]);
}

/** Each series judged; nothing of a range longer than a week. detector: what judges; undefined for the usual one. */
export function useJudgement(series: Series[], { from, to }: Span, detector: string | undefined): Judgement {
  const { asOf, range, step } = useView();
  const renewal = useRenewal(SELDOM_MS, detector);
  const query = { from, to, as_of: asOf, detector };
  // Of the usual one all series are asked for at once; others judge one at a time.
  const asked = detector === undefined ? [{ metric: null, currency: null }] : series;
  const anomalies = useQueries({
    queries: asked.map(({ metric, currency }) => ({
      queryKey: ["anomalies", detector, metric, currency, from, to, asOf],
      enabled: RANGES[range].minutes <= MOST_MINUTES,
      ...renewal,
      queryFn: () => unwrap(api.GET("/api/v1/anomalies", { params: { query: { ...query, metric, currency } } })),
    })),
    combine: foundOdd,
  });
  const until = expectedUntil(from, to);
  // A band is of minutes; of longer steps it would say something else.
  const expected = useQueries({
    queries: series.map(({ metric, currency }) => ({
      queryKey: ["expected", detector, metric, currency, until === to ? from : range, until, asOf],
      enabled: step === "1m",
      ...renewal,
      refetchInterval: until === to && renewal.refetchInterval,
      queryFn: async () => {
        const given = { ...query, to: until, metric, currency };
        const read = () => unwrap(api.GET("/api/v1/anomalies/expected", { params: { query: given } }));
        const { data } = await inTurn(read);
        return bandsOf(data);
      },
    })),
    combine: foundExpected,
  });
  return { odd: anomalies.data, expected: expected.data, error: anomalies.error ?? expected.error };
}

// The same functions each time, so that what they give is the same until an answer is another one.
function foundOdd(results: UseQueryResult<Schemas["Anomalies"]>[]) {
  return { data: results.flatMap(({ data }) => data?.data ?? []), error: errorOf(results) };
}

function foundExpected(results: UseQueryResult<Expected>[]) {
  return { data: results.map(({ data }) => data), error: errorOf(results) };
}

function errorOf(results: UseQueryResult[]): Error | null {
  return results.find(({ error }) => error !== null)?.error ?? null;
}

// The lines are there before it is known where they were expected.
const inTurn = oneByOne();

const QUARTER_MS = 900_000;
const HOUR_MS = 3_600_000;

/**
 * Up to when it is asked what was expected: of more than an hour up to the last quarter of an hour, so that it is asked four times
 * an hour rather than each minute, for of a day it is as much as all else on the page.
 */
export function expectedUntil(from: string, to: string): string {
  const end = Date.parse(to);
  if (end - Date.parse(from) <= HOUR_MS) return to;
  return new Date(Math.floor(end / QUARTER_MS) * QUARTER_MS).toISOString();
}

export function bandsOf(minutes: Schemas["ExpectedMinute"][]): Expected {
  return new Map(
    minutes.flatMap(({ window_start, low, high }): [number, Band][] =>
      low === null || high === null ? [] : [[Date.parse(window_start), [low, high]]],
    ),
  );
}

/** Where a figure was expected in each step. */
export function bandOf(starts: string[], expected: Expected | undefined): (Band | null)[] {
  if (expected === undefined || expected.size === 0) return NO_BAND;
  return starts.map((start) => expected.get(Date.parse(start)) ?? null);
}

const NO_BAND: (Band | null)[] = [];
const NO_MARKS: Mark[] = [];
const NOTHING_ODD: Odd[] = [];

/** Something odd, and the place of the step that its minute is in. */
export interface Odd {
  place: number;
  found: Schemas["Anomaly"];
}

/** What is odd of one series, where it lies within these steps. */
export function oddOf({ metric, currency }: Series, starts: string[], anomalies: Schemas["Anomaly"][]): Odd[] {
  const own = anomalies.filter((each) => each.metric === metric && each.currency === currency);
  if (own.length === 0) return NOTHING_ODD;
  const times = starts.map((start) => Date.parse(start));
  return own.map((found) => ({ place: times.findLastIndex((at) => at <= Date.parse(found.window_start)), found }));
}

/** The steps with a minute that is odd. */
export function marksOf(odd: Odd[], starts: string[], values: Values): Mark[] {
  if (odd.length === 0) return NO_MARKS;
  return odd.flatMap(({ place, found: { window_start, reason, severity } }): Mark[] => {
    const [step, value = null] = [starts[place], values[place]];
    if (step === undefined || value === null) return [];
    return [{ step, at: window_start, value, reason, critical: severity === "critical" }];
  });
}
