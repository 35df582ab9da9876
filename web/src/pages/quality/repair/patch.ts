/** How records are to be changed, as it is written on the bench, and as the API takes it. */
import type { Schemas } from "../../../api/client";

export const WAYS = {
  merge: "Set members",
  members: "Compute members",
  record: "Rewrite the record",
  none: "As they are",
} as const;

export type Way = keyof typeof WAYS;

export interface Member {
  name: string;
  /** SQL over one record. */
  expression: string;
}

/** What is written for each way; only that of the chosen one counts. */
export interface Draft {
  way: Way;
  merge: string;
  members: Member[];
  record: string;
}

export const EMPTY: Draft = { way: "merge", merge: "{}", members: [{ name: "", expression: "" }], record: "raw" };

/** Of what kind a request is: null has the records judged again as they are. */
type Patch = Schemas["Patch"] | null;

/** The patch, or what is wrong with what is written. */
export function patchOf(draft: Draft): { patch: Patch } | { fault: string } {
  if (draft.way === "none") return { patch: null };
  if (draft.way === "merge") return merged(draft.merge);
  if (draft.way === "record") {
    return draft.record.trim() === "" ? { fault: "Write an expression." } : { patch: { record: draft.record } };
  }
  const members = draft.members.map(({ name, expression }) => [name.trim(), expression.trim()] as const);
  if (members.some((member) => member.includes(""))) return { fault: "Each member needs a name and an expression." };
  if (new Set(members.map(([name]) => name)).size < members.length) return { fault: "A member is named twice." };
  return { patch: { members: Object.fromEntries(members) } };
}

function merged(text: string): { patch: Patch } | { fault: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { fault: `That is no JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return { fault: "Write a JSON object." };
  if (Object.keys(value).length === 0) return { fault: "Name a member to set, or with null one to remove." };
  return { patch: { merge: value as Record<string, unknown> } };
}
