/** What the query page asks the API for. */
import { useInfiniteQuery, useMutation, useQueries, useQuery, useQueryClient } from "@tanstack/react-query";

import { api, unwrap, unwrapOf } from "../../api/client";
import { AS_CSV, CSV_PAGE, wholeCsv } from "../../api/csv";
import { RequestError } from "../../api/problem";
import { useView } from "../../app/view";
import { saveText } from "../../view/save";
import { named, type Words } from "./words";

const PAGE = 100;
// Few statements run at once; one more is told to come again.
const PATIENT = {
  retry: (failures: number, error: Error) =>
    failures < 5 && error instanceof RequestError && error.problem.status === 429,
  retryDelay: 500,
};

/** Rows of a statement, page by page, all of the versions of the first. run: which time it is run. */
export function useRun(sql: string, run: number) {
  const { asOf } = useView();
  const queries = useQueryClient();
  const queryKey = ["query", sql, asOf, run];
  const rows = useInfiniteQuery({
    queryKey,
    enabled: sql !== "",
    ...PATIENT,
    staleTime: Infinity,
    refetchOnWindowFocus: false,
    initialPageParam: null as string | null,
    // The signal is what ends the statement on the server, too.
    queryFn: ({ pageParam: cursor, signal }) => {
      const query = { as_of: asOf, limit: PAGE, cursor };
      return unwrapOf(api.POST("/api/v1/query", { params: { query }, body: { sql }, signal }));
    },
    getNextPageParam: (page) => page.next_cursor,
  });
  return { rows, cancel: () => void queries.cancelQueries({ queryKey }) };
}

export function useValidation(sql: string) {
  const { asOf } = useView();
  return useQuery({
    queryKey: ["validation", sql, asOf],
    enabled: sql !== "",
    ...PATIENT,
    staleTime: Infinity,
    queryFn: ({ signal }) =>
      unwrap(api.POST("/api/v1/query/validate", { params: { query: { as_of: asOf } }, body: { sql }, signal })),
  });
}

export function usePlan(sql: string, run: number) {
  const { asOf } = useView();
  return useQuery({
    queryKey: ["plan", sql, asOf, run],
    ...PATIENT,
    staleTime: Infinity,
    queryFn: ({ signal }) =>
      unwrap(api.POST("/api/v1/query/explain", { params: { query: { as_of: asOf } }, body: { sql }, signal })),
  });
}

export function useAdvice(sql: string, run: number) {
  const { asOf } = useView();
  return useQuery({
    queryKey: ["advice", sql, asOf, run],
    ...PATIENT,
    staleTime: Infinity,
    queryFn: ({ signal }) =>
      unwrap(api.POST("/api/v1/query/advice", { params: { query: { as_of: asOf } }, body: { sql }, signal })),
  });
}

/** What can be suggested in a statement: every table, and the columns of those that it names. */
export function useWords(sql: string): Words {
  const { asOf } = useView();
  const tables =
    useQuery({
      queryKey: ["table names"],
      staleTime: Infinity,
      queryFn: async () => (await unwrap(api.GET("/api/v1/tables"))).data.map(({ name }) => name),
    }).data ?? [];
  const columns = useQueries({
    queries: named(sql, tables).map((name) => ({
      queryKey: ["schema", name, asOf],
      staleTime: Infinity,
      queryFn: () =>
        unwrap(api.GET("/api/v1/tables/{name}/schema", { params: { path: { name }, query: { as_of: asOf } } })),
    })),
    combine: (schemas) => schemas.flatMap(({ data }) => data?.columns.map(({ name }) => name) ?? []),
  });
  return { tables, columns: [...new Set(columns)] };
}

/** Saves the whole answer as a file. */
export function useDownload() {
  const { asOf } = useView();
  return useMutation({
    mutationFn: (sql: string) =>
      wholeCsv((cursor) => {
        const params = { query: { as_of: asOf, limit: CSV_PAGE, cursor } };
        return api.POST("/api/v1/query", { params, body: { sql }, ...AS_CSV });
      }),
    onSuccess: ({ text }) => saveText(text, "query.csv"),
  });
}
