/** How the figures of the charts go on, where that is asked for. */
import { useQueries } from "@tanstack/react-query";

import { api, unwrap, type Schemas } from "../../api/client";
import { RANGES, STEPS, useView } from "../../app/view";
import type { Ahead } from "../../charts/steps";
import { SELDOM_MS, useRenewal } from "../../live/renewal";
import type { Series } from "./judged";

// As far ahead as a quarter of the range, so that the past keeps its room.
const PART = 4;
const MOST = { "1m": 60, "15m": 192, "1h": 168, "1d": 56 } as const;

type Step = keyof typeof MOST;

/** Whether steps as long as the charts' can be forecast, and how many: null where they cannot. */
export function useHorizon(): { step: Step; horizon: number } | null {
  const { range, step } = useView();
  if (!(step in MOST)) return null;
  const steps = RANGES[range].minutes / STEPS[step].minutes;
  return { step: step as Step, horizon: Math.min(Math.ceil(steps / PART), MOST[step as Step]) };
}

export interface Forecast {
  ahead: Ahead[];
  /** How good it is, or why there is none. */
  note: string;
}

/** Each series forecast, in their order; null where it is not asked for, or not there yet. error: why one is not known. */
export function useForecasts(series: Series[], enabled: boolean): { forecasts: (Forecast | null)[]; error: unknown } {
  const { asOf } = useView();
  const how = useHorizon();
  const renewal = useRenewal(SELDOM_MS, how?.step);
  const asked = useQueries({
    queries: series.map(({ metric, currency }) => ({
      queryKey: ["forecast", metric, currency, how, asOf],
      enabled: enabled && how !== null,
      ...renewal,
      queryFn: () => {
        const query = { ...how, currency, as_of: asOf };
        return unwrap(api.GET("/api/v1/forecasts/{metric}", { params: { path: { metric }, query } }));
      },
    })),
  });
  return {
    forecasts: asked.map(({ data }) => (enabled && data !== undefined ? forecastOf(data) : null)),
    error: enabled ? (asked.find(({ error }) => error !== null)?.error ?? null) : null,
  };
}

function forecastOf({ data, note }: Schemas["Forecast"]): Forecast {
  return {
    note,
    ahead: data.map(({ step_start, expected, low, high }) => ({ start: step_start, expected, low, high })),
  };
}
