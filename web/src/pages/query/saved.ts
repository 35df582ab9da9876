/** The statements that were saved under a name, for everybody of the tenant. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api, unwrap, type Schemas } from "../../api/client";

export type Saved = Schemas["SavedQueryEntry"];

const KEY = ["saved queries"];

export function useSaved() {
  return useQuery({ queryKey: KEY, queryFn: async () => (await unwrap(api.GET("/api/v1/queries"))).data });
}

export function useSave() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (given: { name: string; sql: string }) =>
      unwrap(api.POST("/api/v1/queries", { body: { description: "", ...given } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
  });
}

export function useDelete() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (query_id: string) =>
      unwrap(api.DELETE("/api/v1/queries/{query_id}", { params: { path: { query_id } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
  });
}
