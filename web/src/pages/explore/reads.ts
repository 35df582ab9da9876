/** What the explore page asks the API for. */
import { useMutation, useQuery } from "@tanstack/react-query";

import { api, unwrap, unwrapOf, type Schemas } from "../../api/client";
import { AS_CSV, CSV_PAGE, wholeCsv } from "../../api/csv";
import { useView } from "../../app/view";
import { RENEW_MS, useRenewal } from "../../live/renewal";
import { saveText } from "../../view/save";
import type { Span } from "../../live/span";
import type { Row } from "./series";

export type Question = Schemas["MetricsQuery"];

const PAGE = 1_000;
// More rows than this are no picture any more; the file has them all.
const MOST_PAGES = 5;
const SUGGESTED = 50;

export interface Answer {
  start: string;
  end: string;
  sql: string;
  rows: Row[];
  /** Whether there are more rows. */
  cut: boolean;
  versions: string;
  /** When it came in. */
  at: string;
  watermark: string | null;
}

/** Every metric and dimension; they change with the release only. */
export function useCatalogue() {
  return useQuery({
    queryKey: ["metrics catalogue"],
    staleTime: Infinity,
    queryFn: () => unwrap(api.GET("/api/v1/metrics-catalog")),
  });
}

/** The figures, all of the versions of the first page. */
export function useFigures(question: Question) {
  const { asOf } = useView();
  return useQuery({
    queryKey: ["figures", question, asOf],
    ...useRenewal(RENEW_MS, JSON.stringify({ ...question, from: null, to: null })),
    queryFn: async ({ signal }): Promise<Answer> => {
      let page = await pageOf(question, asOf, null, signal);
      const rows: Row[] = [...page.data];
      for (let more = 1; more < MOST_PAGES && page.next_cursor !== null; more += 1) {
        page = await pageOf(question, asOf, page.next_cursor, signal);
        rows.push(...page.data);
      }
      const { start, end, sql, versions, watermark, at } = page;
      return { start, end, sql, versions, watermark, at, rows, cut: page.next_cursor !== null };
    },
  });
}

async function pageOf(question: Question, asOf: string | null, cursor: string | null, signal: AbortSignal) {
  const params = { query: { as_of: asOf, limit: PAGE, cursor } };
  const answer = await api.POST("/api/v1/metrics-catalog/query", { params, body: question, signal });
  const found = await unwrapOf(Promise.resolve(answer));
  return { ...found, watermark: answer.response.headers.get("X-Watermark"), at: new Date().toISOString() };
}

/** The values of a dimension that most events of the range have; not asked for without one. */
export function useValues(dimension: string | null, span: Span | null) {
  const { asOf } = useView();
  return useQuery({
    queryKey: ["values", dimension, span?.from, asOf],
    enabled: dimension !== null && span !== null,
    staleTime: Infinity,
    queryFn: async () => {
      const name = dimension ?? "";
      const order = [{ by: "events", descending: true }];
      const body: Question = {
        metrics: ["events"],
        dimensions: [name],
        grain: "all",
        order,
        from: span?.from,
        to: span?.to,
      };
      const params = { query: { as_of: asOf, limit: SUGGESTED } };
      const found = await unwrap(api.POST("/api/v1/metrics-catalog/query", { params, body }));
      return found.data.map((row) => row[name]).filter((value) => typeof value === "string");
    },
  });
}

/** Saves every row as a file. */
export function useFile() {
  const { asOf } = useView();
  return useMutation({
    mutationFn: (question: Question) =>
      wholeCsv((cursor) => {
        const params = { query: { as_of: asOf, limit: CSV_PAGE, cursor } };
        return api.POST("/api/v1/metrics-catalog/query", { params, body: question, ...AS_CSV });
      }),
    onSuccess: ({ text }) => saveText(text, "figures.csv"),
  });
}
