/** What the overview asks the API for. */
import { useQuery } from "@tanstack/react-query";

import { api, unwrap, unwrapOf, type Schemas } from "../../api/client";
import { useView } from "../../app/view";
import { RENEW_MS, SELDOM_MS, useRenewal } from "../../live/renewal";
import type { Span } from "../../live/span";
import { ofAnswers } from "./minutes";

/** Figures of the whole range: users are counted once over it. */
export function useTotals(from: string, to: string, every_ms = RENEW_MS) {
  const { asOf } = useView();
  return useQuery({
    queryKey: ["totals", from, to, asOf],
    ...useRenewal(every_ms),
    queryFn: async () => {
      const query = { from, to, as_of: asOf, step: "all" as const };
      const series = await unwrap(api.GET("/api/v1/kpis/series", { params: { query } }));
      return series.data[0] ?? null;
    },
  });
}

export function useMoney(from: string, to: string, every_ms = RENEW_MS) {
  const { asOf } = useView();
  return useQuery({
    queryKey: ["money", from, to, asOf],
    ...useRenewal(every_ms),
    queryFn: () => unwrap(api.GET("/api/v1/kpis/revenue", { params: { query: { from, to, as_of: asOf } } })),
  });
}

// A currency of each of a day's minutes: seven of them come as one page.
const PAGE = 10_000;

/** Figures over time, and money over time by currency; not asked for where the live feed tells them. every_ms: how often anew. */
export function useOverTime({ from, to }: Span, enabled: boolean, every_ms: number) {
  const { asOf, step } = useView();
  return useQuery({
    queryKey: ["over time", from, to, step, asOf],
    enabled,
    ...useRenewal(every_ms, step),
    queryFn: async () => {
      const query = { from, to, step, as_of: asOf };
      const [series, money] = await Promise.all([
        unwrapOf(api.GET("/api/v1/kpis/series", { params: { query } })),
        netOverTime({ metrics: ["net"], dimensions: ["currency"], grain: step, from, to }, asOf),
      ]);
      const versions = [series.versions, money.versions].filter(Boolean).join(",");
      return { over: ofAnswers(series.data, money.data), versions };
    },
  });
}

/** All pages of it, each of the same table versions. */
async function netOverTime(body: Schemas["MetricsQuery"], asOf: string | null) {
  const page = async (cursor: string | null) => {
    const query = { as_of: cursor === null ? asOf : null, limit: PAGE, cursor };
    return unwrapOf(api.POST("/api/v1/metrics-catalog/query", { params: { query }, body }));
  };
  const first = await page(null);
  const data = [...first.data];
  for (let cursor = first.next_cursor; cursor !== null;) {
    const next = await page(cursor);
    data.push(...next.data);
    cursor = next.next_cursor;
  }
  return { data, versions: first.versions };
}

export function useProducts(from: string, to: string) {
  const { asOf } = useView();
  return useQuery({
    queryKey: ["products", from, to, asOf],
    ...useRenewal(),
    queryFn: () =>
      unwrap(api.GET("/api/v1/kpis/products/top", { params: { query: { from, to, as_of: asOf, by: "units" } } })),
  });
}

export function useFunnel(from: string, to: string) {
  const { asOf } = useView();
  return useQuery({
    queryKey: ["funnel", from, to, asOf],
    ...useRenewal(SELDOM_MS),
    queryFn: () => unwrap(api.GET("/api/v1/kpis/funnel", { params: { query: { from, to, as_of: asOf } } })),
  });
}

export const DIMENSIONS = ["country", "device", "campaign", "referrer"] as const;

export type DimensionName = (typeof DIMENSIONS)[number];

export function useSegments(dimension: DimensionName, from: string, to: string) {
  const { asOf } = useView();
  return useQuery({
    queryKey: ["segments", dimension, from, to, asOf],
    ...useRenewal(RENEW_MS, dimension),
    queryFn: () =>
      unwrap(
        api.GET("/api/v1/kpis/segments/{dimension}", {
          params: { path: { dimension }, query: { from, to, as_of: asOf, limit: 10 } },
        }),
      ),
  });
}
