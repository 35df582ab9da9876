/** What of a chart is unlike the days before: where its figure was expected, and the steps with a minute outside of it. */
import { useQueries, useQuery } from "@tanstack/react-query";

import { api, unwrap, type Schemas } from "../../api/client";
import { RANGES, useView } from "../../app/view";
import type { Band, Mark } from "../../charts/LinesChart";
import type { MinutePoint } from "../../charts/MinuteChart";
import { useRenewal } from "../../live/renewal";
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

// A minute is judged once it is final, so that nothing is new more often.
const RENEW_MS = 60_000;
const MOST_MINUTES = 7 * 1_440;

/** Each series judged, in their order; nothing of a range longer than a week. error: why that is not known. */
export function useJudged(series: Series[], { from, to }: Span): { judged: Judged[]; error: unknown } {
  const { asOf, range } = useView();
  const { minutes, step } = RANGES[range];
  const renewal = useRenewal(RENEW_MS);
  const query = { from, to, as_of: asOf };
  const anomalies = useQuery({
    queryKey: ["anomalies", from, to, asOf],
    enabled: minutes <= MOST_MINUTES,
    ...renewal,
    queryFn: () => unwrap(api.GET("/api/v1/anomalies", { params: { query } })),
  });
  // A band is of minutes; of longer steps it would say something else.
  const expected = useQueries({
    queries: series.map(({ metric, currency }) => ({
      queryKey: ["expected", metric, currency, from, to, asOf],
      enabled: step === "1m",
      ...renewal,
      queryFn: () =>
        unwrap(api.GET("/api/v1/anomalies/expected", { params: { query: { ...query, metric, currency } } })),
    })),
  });
  const judged = series.map((each, place) =>
    judgedOf(each, anomalies.data?.data ?? [], expected[place]?.data?.data ?? []),
  );
  return { judged, error: anomalies.error ?? expected.find(({ error }) => error !== null)?.error ?? null };
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
