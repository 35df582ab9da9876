/** What of a chart is unlike the days before: where its figure was expected, and the steps with a minute outside of it. */
import { useQueries, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";

import { api, unwrap, type Schemas } from "../../api/client";
import { RANGES, useView } from "../../app/view";
import type { Mark } from "../../charts/LinesChart";
import type { Band } from "../../charts/steps";
import type { MinutePoint } from "../../charts/MinuteChart";
import { SELDOM_MS, useRenewal } from "../../live/renewal";
import type { Span } from "../../live/span";

export interface Series {
  metric: Schemas["Watched"];
  /** Of money; null for what is counted. */
  currency: string | null;
  points: MinutePoint[];
}

export interface Judged {
  band: (Band | null)[];
  marks: Mark[];
}

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

/**
 * Each series judged, in their order; nothing of a range longer than a week. error: why that is not known.
 * detector: what judges; undefined for the usual one.
 */
export function useJudged(
  series: Series[],
  { from, to }: Span,
  detector: string | undefined,
): { judged: Judged[]; error: unknown } {
  const { asOf, range } = useView();
  const { minutes, step } = RANGES[range];
  const renewal = useRenewal(SELDOM_MS);
  const query = { from, to, as_of: asOf, detector };
  // Of the usual one all series are asked for at once; others judge one at a time.
  const asked = detector === undefined ? [{ metric: null, currency: null }] : series;
  const anomalies = useQueries({
    queries: asked.map(({ metric, currency }) => ({
      queryKey: ["anomalies", detector, metric, currency, from, to, asOf],
      enabled: minutes <= MOST_MINUTES,
      ...renewal,
      queryFn: () => unwrap(api.GET("/api/v1/anomalies", { params: { query: { ...query, metric, currency } } })),
    })),
  });
  // A band is of minutes; of longer steps it would say something else.
  const expected = useQueries({
    queries: series.map(({ metric, currency }) => ({
      queryKey: ["expected", detector, metric, currency, from, to, asOf],
      enabled: step === "1m",
      ...renewal,
      queryFn: () =>
        unwrap(api.GET("/api/v1/anomalies/expected", { params: { query: { ...query, metric, currency } } })),
    })),
  });
  const odd = anomalies.flatMap(({ data }) => data?.data ?? []);
  const judged = series.map((each, place) => judgedOf(each, odd, expected[place]?.data?.data ?? []));
  return { judged, error: [...anomalies, ...expected].find(({ error }) => error !== null)?.error ?? null };
}

export function judgedOf(
  { metric, currency, points }: Series,
  anomalies: Schemas["Anomaly"][],
  expected: Schemas["ExpectedMinute"][],
): Judged {
  const minutes = new Map(expected.map((minute) => [Date.parse(minute.window_start), minute]));
  const band = points.map(({ start }): Band | null => {
    const { low = null, high = null } = minutes.get(Date.parse(start)) ?? {};
    return low === null || high === null ? null : [low, high];
  });
  const own = anomalies.filter((each) => each.metric === metric && each.currency === currency);
  const marks = own.flatMap(({ window_start, reason, severity }): Mark[] => {
    const at = points.findLast(({ start }) => Date.parse(start) <= Date.parse(window_start));
    if (at === undefined || at.value === null) return [];
    return [{ step: at.start, at: window_start, value: at.value, reason, critical: severity === "critical" }];
  });
  return { band, marks };
}
