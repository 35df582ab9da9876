/** Putting back what a repair took. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

import { useChange } from "../../../access/useChange";
import { api, unwrap } from "../../../api/client";
import { isOver } from "../../../jobs/reads";

const RUNNING_MS = 1_000;
// What an undoing changes of this page.
const CHANGED = ["repair", "repaired record", "repairs", "quarantine", "quarantine summary"];

/** Says what it would change, with the token of that. */
export function useUndoTrial(repair_id: string) {
  return useChange(() =>
    unwrap(
      api.POST("/api/v1/quarantine/repairs/{repair_id}/undo", {
        params: { path: { repair_id } },
        body: { dry_run: true, why: "" },
      }),
    ),
  );
}

interface Wish {
  /** Of the trial that showed what is to be done. */
  token: string;
  why: string;
  /** The same for each try, so that no job is queued twice. */
  once: string;
}

export function useUndo(repair_id: string) {
  return useChange(
    ({ once, ...wish }: Wish) =>
      unwrap(
        api.POST("/api/v1/quarantine/repairs/{repair_id}/undo", {
          params: { path: { repair_id }, header: { "Idempotency-Key": once } },
          body: { ...wish, dry_run: false },
        }),
      ),
    ["jobs"],
  );
}

/** The job that undoes it, asked for until it is over; what it changed is read anew then. */
export function useUndoing(job_id: number) {
  const queries = useQueryClient();
  const job = useQuery({
    queryKey: ["jobs", job_id],
    refetchInterval: ({ state }) => (state.data && isOver(state.data) ? false : RUNNING_MS),
    queryFn: () => unwrap(api.GET("/api/v1/jobs/{job_id}", { params: { path: { job_id } } })),
  });
  const isDone = job.data?.state === "done";
  useEffect(() => {
    if (!isDone) return;
    for (const name of CHANGED) void queries.invalidateQueries({ queryKey: [name] });
  }, [isDone, queries]);
  return job;
}
