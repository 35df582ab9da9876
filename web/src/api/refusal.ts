/** What was refused for want of a key that allows it, until somebody has answered. */
import { useSyncExternalStore } from "react";

import type { Problem } from "./problem";

const NEED_A_KEY = [401, 403];

let refusal: Problem | null = null;
let declined = false;
const listeners = new Set<() => void>();

/** Whether a problem is that a key is missing, or does not allow what was asked. */
export function needsKey(problem: Problem | null): boolean {
  return problem !== null && NEED_A_KEY.includes(problem.status);
}

/**
 * Asks for a key where that is what a problem is about.
 * wanted: somebody did this by hand; what a page reads by itself asks no more once that was declined.
 */
export function refused(problem: Problem | null, wanted: boolean): void {
  if (needsKey(problem) && (wanted || !declined)) change(problem);
}

/** A key was given, or will not be. */
export function answerRefusal(answer: "given" | "declined"): void {
  declined = answer === "declined";
  change(null);
}

/** The refusal that nobody has answered yet. */
export function useRefusal(): Problem | null {
  return useSyncExternalStore(subscribe, () => refusal);
}

function change(next: Problem | null): void {
  refusal = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
