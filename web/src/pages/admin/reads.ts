/** Keys of the tenant: what the API is asked for, and has done. */
import { useQuery } from "@tanstack/react-query";

import { useChange } from "../../access/useChange";
import { api, unwrap, type Schemas } from "../../api/client";

export type Key = Schemas["Key"];
export type Role = Schemas["Role"];

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
