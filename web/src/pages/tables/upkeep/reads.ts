/** What is asked for about upkeep and snapshots. */
import { useQuery } from "@tanstack/react-query";

import { useChange } from "../../../access/useChange";
import { api, unwrap, type Schemas } from "../../../api/client";
import { useRenewal } from "../../../live/renewal";
import { save } from "../../../view/save";

export type TableUpkeep = Schemas["TableMaintenance"];

/** Files and log of each table at this moment, and what upkeep would do. */
export function useMaintenance() {
  return useQuery({
    queryKey: ["maintenance"],
    ...useRenewal(),
    queryFn: () => unwrap(api.GET("/api/v1/maintenance")),
  });
}

/** For how long what is kept, and what was let go of. */
export function useRetention() {
  return useQuery({
    queryKey: ["retention"],
    ...useRenewal(),
    queryFn: () => unwrap(api.GET("/api/v1/maintenance/retention")),
  });
}

export function useSnapshots() {
  return useQuery({
    queryKey: ["snapshots"],
    ...useRenewal(),
    queryFn: async () => (await unwrap(api.GET("/api/v1/snapshots"))).data,
  });
}

export function useSnapshot(name: string) {
  return useQuery({
    queryKey: ["snapshot", name],
    staleTime: Infinity,
    queryFn: () => unwrap(api.GET("/api/v1/snapshots/{name}", { params: { path: { name } } })),
  });
}

/** Fetches a file of a snapshot, with the key that is kept, and hands it to the browser. */
export function useDownload() {
  return useChange(async (path: { name: string; file: string }) => {
    const asked = api.GET("/api/v1/snapshots/{name}/{file}", { params: { path }, parseAs: "blob" });
    save(await unwrap(asked), path.file);
  });
}
