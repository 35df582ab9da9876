/** A job as it is written, and what of it is sent. */
import type { Asked, Task } from "../../../jobs/reads";

export interface Draft {
  kind: Asked;
  /** Empty: all. */
  tables: string[];
  /** Days that vacuum keeps; empty: the setting. */
  days: string;
  /** Of a backfill, in UTC, as the browser writes it. */
  from: string;
  to: string;
}

export const KINDS: Record<Asked, string> = {
  optimize: "optimize: gather small files",
  vacuum: "vacuum: delete files that nothing needs",
  checkpoint: "checkpoint: write checkpoints, clean logs",
  snapshot: "snapshot: write gold as Parquet",
  verify: "verify: check every promise",
  backfill: "backfill: work a range out again",
  reindex: "reindex: build what is searched anew",
  retain: "retain: let go of what was kept long enough",
};

export function isOfTables({ kind }: Draft): boolean {
  return kind === "optimize" || kind === "vacuum" || kind === "checkpoint";
}

/** The task, or what it lacks. */
export function taskOf(draft: Draft): { task: Task } | { fault: string } {
  const { kind, days, from, to } = draft;
  const kept = Number(days);
  if (kind === "vacuum" && !(kept >= 0)) return { fault: "Days are a number from 0 on, or nothing for the setting." };
  const [start, end] = [instant(from), instant(to)];
  if (kind === "backfill" && (start === null || end === null || start >= end))
    return { fault: "A backfill is of a range: give its first minute and the one after its last." };
  return {
    task: {
      kind,
      tables: isOfTables(draft) ? draft.tables : [],
      retention_s: kind === "vacuum" && days.trim() !== "" ? kept * 86_400 : null,
      from: kind === "backfill" ? start : null,
      to: kind === "backfill" ? end : null,
    },
  };
}

function instant(time: string): string | null {
  const found = new Date(`${time}Z`);
  return Number.isNaN(found.getTime()) ? null : found.toISOString();
}
