/** Keys of the tenant: what the API is asked for, and has done. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";

import { useChange } from "../../access/useChange";
import { api, unwrap, type Schemas } from "../../api/client";
import { RENEW_MS, useRenewal } from "../../live/renewal";

export type Key = Schemas["Key"];
export type Role = Schemas["Role"];
export type Entry = Schemas["AuditEntryView"];

const ENTRIES = 50;

export function useKeys() {
  return useQuery({ queryKey: ["keys"], queryFn: async () => (await unwrap(api.GET("/api/v1/keys"))).data });
}

/** Good keys by role. */
export function useTenants() {
  return useQuery({ queryKey: ["tenants"], queryFn: async () => (await unwrap(api.GET("/api/v1/tenants"))).data });
}

export function useNewKey() {
  return useChange((body: Schemas["KeyBody"]) => unwrap(api.POST("/api/v1/keys", { body })), ["keys", "tenants"]);
}

export function useRevocation() {
  return useChange(
    (key_id: string) => unwrap(api.DELETE("/api/v1/keys/{key_id}", { params: { path: { key_id } } })),
    ["keys", "tenants"],
  );
}

/** Who did what, the newest first. who, action: only of them. */
export function useAudit(who: string | null, action: Schemas["Action"] | null) {
  return useInfiniteQuery({
    queryKey: ["audit", who, action],
    ...useRenewal(RENEW_MS, JSON.stringify([who, action])),
    initialPageParam: null as string | null,
    queryFn: ({ pageParam: cursor }) =>
      unwrap(api.GET("/api/v1/audit", { params: { query: { who, action, limit: ENTRIES, cursor } } })),
    getNextPageParam: (page) => page.next_cursor ?? null,
    select: ({ pages }) => pages.flatMap((page) => page.data),
  });
}
