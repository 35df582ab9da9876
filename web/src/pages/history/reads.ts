/** What the time travel page asks the API for. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";

import { api, unwrap, type Schemas } from "../../api/client";
import { useView } from "../../app/view";
import { useRenewal } from "../../live/renewal";

export type Entry = Schemas["TimelineEntry"];

const COMMITS = 200;
const VERSIONS = 25;
const ROWS = 20;

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

/** The commits of all tables, newest first, as far as they were known. */
export function useTimeline() {
  const { asOf } = useView();
  return useInfiniteQuery({
    queryKey: ["timeline", asOf],
    ...useRenewal(),
    initialPageParam: null as string | null,
    queryFn: ({ pageParam: cursor }) =>
      unwrap(api.GET("/api/v1/history/timeline", { params: { query: { as_of: asOf, limit: COMMITS, cursor } } })),
    getNextPageParam: (page) => page.next_cursor ?? null,
    select: ({ pages }) => pages.flatMap((page) => page.data),
  });
}

export function useVersions(name: string) {
  const { asOf } = useView();
  return useInfiniteQuery({
    queryKey: ["versions", name, asOf],
    ...useRenewal(),
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
