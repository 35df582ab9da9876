/** Why a minute's figures changed, in words: what came in while it was open is told as one. */
import type { Schemas } from "../../api/client";
import { many } from "../../view/format";

export type Revision = Schemas["Revision"];

export interface Change {
  /** Of the last of its batches. */
  revision: Revision;
  why: string;
  added: number;
  /** Whether the minute was final before. */
  corrects: boolean;
}

const WHY: Record<Revision["reason"], (revision: Revision) => string> = {
  first_events: () => "The first events came in",
  more_events: () => "More events came in",
  late_events: ({ added_late_events }) => `${many(added_late_events, "late event")} came in`,
  repaired_events: () => "Rejected records were repaired and taken in",
};

/** revisions: the first one first. */
export function changesOf(revisions: Revision[]): Change[] {
  const changes: Change[] = [];
  let batches = 0;
  for (const revision of revisions) {
    const before = changes.at(-1);
    const added = revision.added_events;
    if (!revision.was_final && before !== undefined && batches > 0) {
      batches += 1;
      changes[changes.length - 1] = {
        revision,
        why: `Events came in while it was open, in ${many(batches, "batch", "batches")}`,
        added: before.added + added,
        corrects: false,
      };
      continue;
    }
    batches = revision.was_final ? 0 : 1;
    const corrects = revision.was_final && revision.reason !== "first_events";
    changes.push({ revision, why: WHY[revision.reason](revision), added, corrects });
  }
  return changes;
}
