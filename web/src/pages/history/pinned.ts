/** Pins: what the API is asked for, and has done. */
import { useQuery } from "@tanstack/react-query";

import { useChange } from "../../access/useChange";
import { api, unwrap, type Schemas } from "../../api/client";
import { useRenewal } from "../../live/renewal";

export type Pin = Schemas["PinnedVersions"];

// Whoever removes or adds one sees it at once; others may wait.
const RENEW_MS = 60_000;

/** Those that are in force; they have no past. */
export function usePins() {
  return useQuery({
    queryKey: ["pins"],
    ...useRenewal(RENEW_MS),
    queryFn: async () => (await unwrap(api.GET("/api/v1/pins"))).data,
  });
}

export function usePin() {
  return useChange(
    ({ body, once }: { body: Schemas["PinBody"]; once: string }) =>
      unwrap(api.POST("/api/v1/pins", { body, headers: { "Idempotency-Key": once } })),
    // What is pinned may have been committed since the timeline was last read.
    ["pins", "timeline"],
  );
}

export function useUnpin() {
  return useChange(
    (pin_id: string) => unwrap(api.DELETE("/api/v1/pins/{pin_id}", { params: { path: { pin_id } } })),
    ["pins"],
  );
}
