import { useQuery } from "@tanstack/react-query";

import { api, unwrap } from "../api/client";

/** Whose key is sent, and what it allows. */
export function useWhoami() {
  return useQuery({
    queryKey: ["whoami"],
    staleTime: Infinity,
    queryFn: () => unwrap(api.GET("/api/v1/whoami")),
  });
}
