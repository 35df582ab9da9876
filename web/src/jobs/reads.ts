/** Work that the engine does between two batches: asked for, followed and ended. */
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

import { useChange } from "../access/useChange";
import { api, unwrap, type Schemas } from "../api/client";
import { useRenewal } from "../live/renewal";

export type Job = Schemas["JobView"];
export type JobStep = Schemas["JobStep"];
export type Asked = Schemas["JobBody"]["kind"];

/** What an engine is asked for. */
export interface Task {
  kind: Asked;
  tables: string[];
  retention_s: number | null;
  from: string | null;
  to: string | null;
}

const PAGE = 20;
const RUNNING_MS = 1_000;
// What a job changes, besides the tables themselves.
const CHANGED = ["maintenance", "retention", "snapshots"];

export function isOver({ state }: Job): boolean {
  return state !== "queued" && state !== "running";
}

/** Jobs, the newest first; those that are not over are followed step by step. */
export function useJobs() {
  const { refetchInterval } = useRenewal();
  return useInfiniteQuery({
    queryKey: ["jobs"],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam: cursor }) => unwrap(api.GET("/api/v1/jobs", { params: { query: { limit: PAGE, cursor } } })),
    refetchInterval: ({ state }) => {
      const jobs = state.data?.pages.flatMap((page) => page.data) ?? [];
      return jobs.some((job) => !isOver(job)) ? RUNNING_MS : refetchInterval;
    },
    getNextPageParam: (page) => page.next_cursor ?? null,
    select: ({ pages }) => pages.flatMap((page) => page.data),
  });
}

/** What jobs change is read anew whenever one more is over. */
export function useChanged(jobs: Job[] | undefined): void {
  const queries = useQueryClient();
  const over = jobs?.filter(isOver).length;
  useEffect(() => {
    if (over === undefined) return;
    for (const name of CHANGED) void queries.invalidateQueries({ queryKey: [name] });
  }, [queries, over]);
}

/** Says what a job would do. */
export function useTrial() {
  return useChange((task: Task) => unwrap(api.POST("/api/v1/jobs", { body: { ...task, why: "", dry_run: true } })));
}

interface Wish extends Task {
  why: string;
  /** The same for each try, so that no job is queued twice. */
  once: string;
}

export function useAsk() {
  return useChange(
    ({ once, ...wish }: Wish) =>
      unwrap(api.POST("/api/v1/jobs", { body: { ...wish, dry_run: false }, headers: { "Idempotency-Key": once } })),
    ["jobs"],
  );
}

export function useCancel() {
  return useChange(
    (job_id: number) => unwrap(api.POST("/api/v1/jobs/{job_id}/cancel", { params: { path: { job_id } } })),
    ["jobs"],
  );
}
