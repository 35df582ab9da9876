/** What the parts of a drawing of lines over time are given. */
import type { Plane } from "./plane";
import type { LineOf, Step } from "./steps";

/** Something to be noticed. */
export interface Mark {
  /** The start of the step that it is drawn at, and the time itself. */
  step: string;
  at: string;
  value: number;
  reason: string;
  critical: boolean;
}

export interface Drawn {
  plane: Plane;
  steps: Step[];
  lines: LineOf[];
  marks: Mark[];
  format: (value: number) => string;
  /** How a step's start is written. */
  tick: (start: string) => string;
}
