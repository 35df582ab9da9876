/** What the lineage asks the API for. It comes with the release, not with the data, and so is asked for once. */
import { useQuery } from "@tanstack/react-query";

import { api, unwrap, type Schemas } from "../../../api/client";

export type TableLineage = Schemas["TableLineage"];
export type LineageColumn = Schemas["LineageColumn"];
export type Family = NonNullable<Schemas["ColumnChange"]["to"]>;

const ONCE = { staleTime: Infinity } as const;

export function useTableLineage() {
  return useQuery({ queryKey: ["lineage"], ...ONCE, queryFn: () => unwrap(api.GET("/api/v1/lineage")) });
}

export function useColumnLineage(name: string) {
  return useQuery({
    queryKey: ["lineage", "column", name],
    ...ONCE,
    queryFn: () => unwrap(api.GET("/api/v1/lineage/columns/{name}", { params: { path: { name } } })),
  });
}

/** member: of the record received; empty for all of it. */
export function useImpact(name: string, member: string) {
  return useQuery({
    queryKey: ["lineage", "impact", name, member],
    ...ONCE,
    queryFn: () => unwrap(api.GET("/api/v1/lineage/impact/{name}", { params: { path: { name }, query: { member } } })),
  });
}

/** What would break; to: the family of the column's new type, null where the column is dropped. */
export function useWhatIf(column: string, to: Family | null) {
  return useQuery({
    queryKey: ["lineage", "what-if", column, to],
    ...ONCE,
    queryFn: () => unwrap(api.POST("/api/v1/lineage/what-if", { body: { changes: [{ column, to }] } })),
  });
}
