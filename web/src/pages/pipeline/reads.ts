/** What the pipeline's page asks the API for. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";

import { useChange } from "../../access/useChange";
import { api, unwrap, type Schemas } from "../../api/client";
import { useView } from "../../app/view";
import { useRenewal } from "../../live/renewal";
import { useLiveOf } from "../../live/useLive";

// A tenth of the reads that an address has in a minute. That the engine stops or starts is asked for at once, when the feed tells it.
const STATE_MS = 10_000;
const PAGE = 50;

export type Pipeline = Schemas["Pipeline"];
export type Batch = Schemas["Batch"];
export type Latency = Schemas["Latency"];

/** How the pipeline is at this moment; it has no past. */
export function usePipeline() {
  const { asOf } = useView();
  const running = useLiveOf(({ message }) => message?.engine_running);
  return useQuery({
    queryKey: ["pipeline", running],
    enabled: asOf === null,
    ...useRenewal(STATE_MS),
    queryFn: () => unwrap(api.GET("/api/v1/pipeline")),
  });
}

export function useLatency() {
  const { asOf } = useView();
  return useQuery({
    queryKey: ["latency", asOf],
    ...useRenewal(),
    queryFn: () => unwrap(api.GET("/api/v1/pipeline/latency", { params: { query: { as_of: asOf } } })),
  });
}

/** Batches, newest first, and those before them as often as they are asked for. */
export function useBatches() {
  const { asOf } = useView();
  return useInfiniteQuery({
    queryKey: ["batches", asOf],
    ...useRenewal(),
    initialPageParam: null as string | null,
    queryFn: ({ pageParam: cursor }) =>
      unwrap(api.GET("/api/v1/pipeline/batches", { params: { query: { as_of: asOf, limit: PAGE, cursor } } })),
    getNextPageParam: (last) => last.next_cursor,
    select: ({ pages }) => pages.flatMap((page) => page.data),
  });
}

interface Wish {
  paused: boolean;
  why: string;
}

/** Has the engine take no further batch, or go on. */
export function useHold() {
  return useChange(
    ({ paused, why }: Wish) =>
      unwrap(paused ? api.POST("/api/v1/pipeline/pause", { body: { why } }) : api.POST("/api/v1/pipeline/resume")),
    ["pipeline"],
  );
}
