/** What the overview asks the API for. */
import { useQuery } from "@tanstack/react-query";

import { api, unwrap, unwrapOf } from "../../api/client";
import { RANGES, useView } from "../../app/view";
import { RENEW_MS, SELDOM_MS, useRenewal } from "../../live/renewal";
import type { Span } from "../../live/span";

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

/** Figures over time, and money over time by currency; not asked for while the live feed tells them. */
export function useOverTime({ from, to }: Span, enabled: boolean) {
  const { asOf, range } = useView();
  const step = RANGES[range].step;
  const renewal = useRenewal();
  const series = useQuery({
    queryKey: ["series", from, to, step, asOf],
    enabled,
    ...renewal,
    queryFn: () => unwrapOf(api.GET("/api/v1/kpis/series", { params: { query: { from, to, step, as_of: asOf } } })),
  });
  const money = useQuery({
    queryKey: ["money over time", from, to, step, asOf],
    enabled,
    ...renewal,
    queryFn: () =>
      unwrapOf(
        api.POST("/api/v1/metrics-catalog/query", {
          params: { query: { as_of: asOf, limit: 1_000 } },
          body: { metrics: ["net"], dimensions: ["currency"], grain: step, from, to },
        }),
      ),
  });
  return { series, money };
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
    ...useRenewal(),
    queryFn: () =>
      unwrap(
        api.GET("/api/v1/kpis/segments/{dimension}", {
          params: { path: { dimension }, query: { from, to, as_of: asOf, limit: 10 } },
        }),
      ),
  });
}
