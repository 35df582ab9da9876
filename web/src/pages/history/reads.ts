/** What the time travel page asks the API for. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";

import { api, unwrap, type Schemas } from "../../api/client";
import { useView } from "../../app/view";
import { RENEW_MS, useRenewal } from "../../live/renewal";
import { useLiveOf } from "../../live/useLive";

export type Entry = Schemas["TimelineEntry"];

const COMMITS = 200;
const VERSIONS = 25;
const ROWS = 20;
// Where batches come one after the other, as often as reads without a key allow beside the rest of the page.
const FOLLOW_EVERY_MS = 10_000;

/** The span that times can be chosen from: since when batch by batch is kept, and the newest commit. */
export function useKeptSpan() {
  const { refetchInterval } = useRenewal();
  return useQuery({
    queryKey: ["kept span"],
    refetchInterval,
    queryFn: async () => {
      const { since, data } = await unwrap(api.GET("/api/v1/history/timeline", { params: { query: { limit: 1 } } }));
      return { since, newest: data[0]?.committed_at ?? since };
    },
  });
}

/** The commits of all tables, newest first, as far as they were known; anew as soon as the live feed tells of another. */
export function useTimeline() {
  const { asOf } = useView();
  const timeline = useInfiniteQuery({
    queryKey: ["timeline", asOf],
    ...useRenewal(),
    initialPageParam: null as string | null,
    queryFn: ({ pageParam: cursor }) =>
      unwrap(api.GET("/api/v1/history/timeline", { params: { query: { as_of: asOf, limit: COMMITS, cursor } } })),
    getNextPageParam: (page) => page.next_cursor ?? null,
    select: ({ pages }) => pages.flatMap((page) => page.data),
  });
  useFollowed(timeline, asOf === null);
  return timeline;
}

interface Followed {
  data: readonly unknown[] | undefined;
  dataUpdatedAt: number;
  refetch: (options: { cancelRefetch: boolean }) => unknown;
}

/** Asks anew for a list where something was committed since it came in. One of several pages waits for its renewal: each would be asked for. */
function useFollowed({ data, dataUpdatedAt, refetch }: Followed, enabled: boolean): void {
  const versions = useLiveOf(({ message }) => message?.versions);
  const asked = useRef(versions);
  const single = data !== undefined && data.length <= COMMITS;
  useEffect(() => {
    if (!enabled || !single || versions === asked.current) return;
    const ask = (): void => {
      asked.current = versions;
      void refetch({ cancelRefetch: false });
    };
    const timer = setTimeout(ask, Math.max(0, dataUpdatedAt + FOLLOW_EVERY_MS - Date.now()));
    return () => clearTimeout(timer);
  }, [versions, enabled, single, dataUpdatedAt, refetch]);
}

export function useVersions(name: string) {
  const { asOf } = useView();
  return useInfiniteQuery({
    queryKey: ["versions", name, asOf],
    ...useRenewal(RENEW_MS, name),
    initialPageParam: null as string | null,
    queryFn: ({ pageParam: cursor }) => {
      const query = { as_of: asOf, limit: VERSIONS, cursor };
      return unwrap(api.GET("/api/v1/tables/{name}/versions", { params: { path: { name }, query } }));
    },
    getNextPageParam: (page) => page.next_cursor ?? null,
    select: ({ pages }) => pages.flatMap((page) => page.data),
  });
}

/** One version and its files. */
export function useVersion(name: string, version: number) {
  return useQuery({
    queryKey: ["version", name, version],
    queryFn: () => unwrap(api.GET("/api/v1/tables/{name}/versions/{version}", { params: { path: { name, version } } })),
  });
}

/** The first rows that a table had at a version. */
export function useRowsAt(name: string, version: number) {
  return useQuery({
    queryKey: ["rows at", name, version],
    queryFn: () => {
      const query = { as_of: `${name}=${version}`, limit: ROWS };
      return unwrap(api.GET("/api/v1/tables/{name}/rows", { params: { path: { name }, query } }));
    },
  });
}

/** How a version differs from the one before it. */
export function useDiff(name: string, version: number) {
  return useQuery({
    queryKey: ["diff", name, version],
    queryFn: () =>
      unwrap(
        api.GET("/api/v1/tables/{name}/diff", { params: { path: { name }, query: { to: version, limit: ROWS } } }),
      ),
  });
}

export function useTableNames() {
  return useQuery({
    queryKey: ["table names"],
    staleTime: Infinity,
    queryFn: async () => (await unwrap(api.GET("/api/v1/tables"))).data.map(({ name }) => name),
  });
}
