/** What the tables' page asks the API for. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";

import { api, unwrap, type Schemas } from "../../api/client";
import { useView } from "../../app/view";
import { RENEW_MS, useRenewal } from "../../live/renewal";

export type Summary = Schemas["TableSummary"];

const PAGE = 50;
// Some minutes of a busy lake: what was committed before is told as that.
const COMMITS = 200;
const COMMITS_MS = 60_000;

export function useTables() {
  const { asOf } = useView();
  return useQuery({
    queryKey: ["tables", asOf],
    ...useRenewal(),
    queryFn: async () => (await unwrap(api.GET("/api/v1/tables", { params: { query: { as_of: asOf } } }))).data,
  });
}

export interface LastCommits {
  /** When each table was last committed to, by its name. */
  times: Map<string, string>;
  /** Tables that have no time were committed to before this; null where all commits were looked at. */
  since: string | null;
}

export function useLastCommits() {
  const { asOf } = useView();
  return useQuery({
    queryKey: ["last commits", asOf],
    ...useRenewal(COMMITS_MS),
    queryFn: async (): Promise<LastCommits> => {
      const query = { as_of: asOf, limit: COMMITS };
      const { data, next_cursor } = await unwrap(api.GET("/api/v1/history/timeline", { params: { query } }));
      // Newest first: the last one that is set stays.
      const times = new Map(data.toReversed().map(({ table, committed_at }) => [table, committed_at]));
      return { times, since: next_cursor === null ? null : (data.at(-1)?.committed_at ?? null) };
    },
  });
}

export function useTable(name: string) {
  const { asOf } = useView();
  return useQuery({
    queryKey: ["table", name, asOf],
    ...useRenewal(RENEW_MS, name),
    queryFn: () => unwrap(api.GET("/api/v1/tables/{name}", { params: { path: { name }, query: { as_of: asOf } } })),
  });
}

export function useSchema(name: string) {
  const { asOf } = useView();
  return useQuery({
    queryKey: ["schema", name, asOf],
    staleTime: Infinity,
    queryFn: () =>
      unwrap(api.GET("/api/v1/tables/{name}/schema", { params: { path: { name }, query: { as_of: asOf } } })),
  });
}

/** Rows at one version of the table, page by page. */
export function useRows(name: string, version: number) {
  return useInfiniteQuery({
    queryKey: ["rows", name, version],
    staleTime: Infinity,
    initialPageParam: null as string | null,
    queryFn: ({ pageParam: cursor }) => {
      const query = { as_of: `${name}=${version}`, limit: PAGE, cursor };
      return unwrap(api.GET("/api/v1/tables/{name}/rows", { params: { path: { name }, query } }));
    },
    getNextPageParam: (page) => page.next_cursor,
    select: ({ pages }) => pages.flatMap((page) => page.data),
  });
}

/** Files at one version of the table, the newest first. */
export function useFiles(name: string, version: number) {
  return useInfiniteQuery({
    queryKey: ["files", name, version],
    staleTime: Infinity,
    initialPageParam: null as string | null,
    queryFn: ({ pageParam: cursor }) => {
      const query = { as_of: `${name}=${version}`, limit: PAGE, cursor };
      return unwrap(api.GET("/api/v1/tables/{name}/files", { params: { path: { name }, query } }));
    },
    getNextPageParam: (page) => page.next_cursor,
    select: ({ pages }) => pages.flatMap((page) => page.data),
  });
}

/** What the columns hold at one version of the table. */
export function useProfile(name: string, version: number) {
  return useQuery({
    queryKey: ["profile", name, version],
    staleTime: Infinity,
    queryFn: () => {
      const query = { as_of: `${name}=${version}` };
      return unwrap(api.GET("/api/v1/tables/{name}/profile", { params: { path: { name }, query } }));
    },
  });
}
