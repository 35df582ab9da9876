/** What the search finds by words, as places of the application. */
import { useQuery } from "@tanstack/react-query";

import { api, unwrap, type Schemas } from "../api/client";
import { useSettled } from "../ui/useSettled";

type Text = Schemas["TextFound"];

export interface Found {
  name: string;
  about: string;
  path: string;
  filters: Record<string, string>;
}

const PAUSE_MS = 300;
// Of fewer letters there is too much.
const LEAST = 3;
const MOST = 12;

// Endpoints and pages of the documentation are found, too, but nothing here shows them.
type Kind = Exclude<Text["kind"], "endpoint" | "page">;

const PLACES: Record<Kind, (name: string) => Pick<Found, "path" | "filters">> = {
  metric: (metric) => ({ path: "/explore", filters: { metric } }),
  dimension: (by) => ({ path: "/explore", filters: { by } }),
  column: (column) => ({ path: "/pipeline/lineage", filters: { column } }),
  query: () => ({ path: "/query", filters: {} }),
};

/** Metrics, dimensions, columns and saved queries, the best first; nothing while it is not known. */
export function useFound(words: string): Found[] {
  const q = useSettled(words.trim(), PAUSE_MS);
  const { data } = useQuery({
    queryKey: ["found", q],
    enabled: q.length >= LEAST,
    staleTime: 60_000,
    queryFn: () => unwrap(api.GET("/api/v1/search", { params: { query: { q, limit: MOST } } })),
  });
  return (data?.data ?? []).flatMap(({ kind, name, title, description }) =>
    kind === "endpoint" || kind === "page"
      ? []
      : [
          {
            // A column's title is its own name alone, which many tables have.
            name: kind === "column" ? name : title,
            about: `${SAID[kind]}. ${description}`,
            ...PLACES[kind](name),
          },
        ],
  );
}

const SAID = { metric: "Metric", dimension: "Dimension", column: "Column", query: "Saved query" } as const;
