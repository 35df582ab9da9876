/** What the quality page asks the API for. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";

import { api, unwrap, unwrapOf } from "../../api/client";
import { RANGES, timeOf, useView, type RangeName } from "../../app/view";
import { RENEW_MS, useRenewal } from "../../live/renewal";

const RECORDS = 50;
const MINUTE_MS = 60_000;

/** The range of receipt that is looked at, up to now or to then. Table versions name no time: then it is what the API takes by itself. */
export function rangeOf(range: RangeName, asOf: string | null, now: number): { from?: string; to?: string } {
  const then = asOf === null ? now : timeOf(asOf);
  if (then === null) return {};
  const end = (Math.floor(then / MINUTE_MS) + 1) * MINUTE_MS;
  const at = (time: number): string => new Date(time).toISOString();
  return { from: at(end - RANGES[range].minutes * MINUTE_MS), to: at(end) };
}

/** What is in quarantine, by reason and over time. */
export function useSummary() {
  const { asOf, range } = useView();
  return useQuery({
    queryKey: ["quarantine summary", range, asOf],
    ...useRenewal(),
    queryFn: () => {
      const query = { as_of: asOf, ...rangeOf(range, asOf, Date.now()) };
      return unwrapOf(api.GET("/api/v1/quarantine/summary", { params: { query } }));
    },
  });
}

/** The records of the range that have a reason, or any; newest first. */
export function useRecords(reason: string | null) {
  const { asOf, range } = useView();
  return useInfiniteQuery({
    queryKey: ["quarantine", reason, range, asOf],
    ...useRenewal(RENEW_MS, reason ?? ""),
    initialPageParam: { cursor: null as string | null, span: undefined as ReturnType<typeof rangeOf> | undefined },
    queryFn: async ({ pageParam: { cursor, span = rangeOf(range, asOf, Date.now()) } }) => {
      const query = { as_of: asOf, reason, limit: RECORDS, cursor, ...span };
      return { span, ...(await unwrap(api.GET("/api/v1/quarantine", { params: { query } }))) };
    },
    // A cursor belongs to its question, and with it to the range that the first page was asked for.
    getNextPageParam: ({ span, next_cursor }) => (next_cursor == null ? null : { cursor: next_cursor, span }),
    select: ({ pages }) => pages.flatMap((page) => page.data),
  });
}

/** One record, whole. */
export function useRecord(id: string) {
  const { asOf } = useView();
  return useQuery({
    queryKey: ["quarantined", id, asOf],
    queryFn: () =>
      unwrap(
        api.GET("/api/v1/quarantine/{record_id}", { params: { path: { record_id: id }, query: { as_of: asOf } } }),
      ),
  });
}
