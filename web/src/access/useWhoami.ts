import { useQuery } from "@tanstack/react-query";

import { api, unwrap } from "../api/client";

/** Whose key is sent, and what it allows. */
export function useWhoami(enabled = true) {
  return useQuery({
    queryKey: ["whoami"],
    enabled,
    staleTime: Infinity,
    queryFn: () => unwrap(api.GET("/api/v1/whoami")),
  });
}
