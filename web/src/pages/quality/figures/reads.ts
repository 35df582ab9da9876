/** What the figures of quality are asked for: how good, by which expectations, how fresh, how late. */
import { useQueries, useQuery } from "@tanstack/react-query";

import { api, unwrap } from "../../../api/client";
import { useView } from "../../../app/view";
import { useRenewal } from "../../../live/renewal";
import { rangeOf } from "../reads";
import { partsOf } from "./results";

// Each of them reads the whole range anew.
const RENEW_MS = 60_000;

function useAsked() {
  const { asOf, range } = useView();
  return {
    key: [range, asOf],
    renewal: useRenewal(RENEW_MS),
    query: () => ({ as_of: asOf, ...rangeOf(range, asOf, Date.now()) }),
  };
}

export function useScore() {
  const { key, renewal, query } = useAsked();
  return useQuery({
    queryKey: ["quality", ...key],
    ...renewal,
    queryFn: () => unwrap(api.GET("/api/v1/quality", { params: { query: query() } })),
  });
}

export function useResults() {
  const { key, renewal, query } = useAsked();
  return useQuery({
    queryKey: ["quality results", ...key],
    ...renewal,
    queryFn: () => unwrap(api.GET("/api/v1/quality/results", { params: { query: query() } })),
  });
}

export function useLateness() {
  const { key, renewal, query } = useAsked();
  return useQuery({
    queryKey: ["lateness", ...key],
    ...renewal,
    queryFn: () => unwrap(api.GET("/api/v1/quality/lateness", { params: { query: query() } })),
  });
}

export function useFreshness() {
  const { asOf } = useView();
  return useQuery({
    queryKey: ["freshness", asOf],
    ...useRenewal(),
    queryFn: () => unwrap(api.GET("/api/v1/quality/freshness", { params: { query: { as_of: asOf } } })),
  });
}

/** How many parts a range is looked at in. */
export const PARTS = 6;

/** The expectations in each part of a span; nothing is asked for where there is none. */
export function useResultsOverTime(span: { start: string; end: string } | null) {
  const { asOf } = useView();
  const parts = span === null ? [] : partsOf(span, PARTS);
  return useQueries({
    queries: parts.map(({ from, to }) => ({
      queryKey: ["quality results", "part", from, to, asOf],
      // Late events may still change the past, a little.
      staleTime: RENEW_MS,
      queryFn: () => unwrap(api.GET("/api/v1/quality/results", { params: { query: { as_of: asOf, from, to } } })),
    })),
  });
}
