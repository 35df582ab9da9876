/** Lines over time as a row for each step: what is final, what is open, what was expected and what is to come. */
import type { ChartColor } from "../app/theme";

export interface LineOf {
  name: string;
  color: ChartColor;
  /** One for each step; null where there is none. */
  values: (number | null)[];
}

/** From where to where a figure was expected. */
export type Band = [low: number, high: number];

/** A step that is to come: what is expected, and within which range. */
export interface Ahead {
  start: string;
  expected: number;
  low: number;
  high: number;
}

export interface Step {
  start: string;
  /** The start in milliseconds since the epoch. */
  at: number;
  /** What it holds of each line where it may not change any more; null where it is open or has no figure. */
  final: (number | null)[];
  /** The same where it is open, and of the last final step, so that the line does not break. */
  open: (number | null)[];
  band: Band | null;
  ahead: number | null;
}

/** What is drawn: columns, one entry for each step, oldest first. */
export interface Columns {
  starts: string[];
  open: boolean[];
  lines: LineOf[];
  band: (Band | null)[];
  ahead: Ahead[];
}

/** Makes steps of columns; those that are as they were stay the same objects, for there may be 1,440 of them each second. */
export function stepsKept(): (columns: Columns) => Step[] {
  let before: Step[] = [];
  return (columns) => {
    before = stepsOf(columns, before);
    return before;
  };
}

export function stepsOf(columns: Columns, before: Step[] = []): Step[] {
  const { starts, lines, ahead } = columns;
  const moved = before.findIndex(({ start }) => start === starts[0]);
  const steps = starts.map((start, place) => {
    const known = before[place + moved];
    return known !== undefined && holds(known, columns, place) ? known : stepAt(columns, start, place);
  });
  return [...steps, ...stepsAhead(ahead, steps.at(-1)?.at ?? -Infinity, lines.length)];
}

function stepAt({ open, lines, band }: Columns, start: string, place: number): Step {
  return {
    start,
    at: Date.parse(start),
    final: lines.map((line) => finalAt(line, open, place)),
    open: isOpenAt(open, place) ? lines.map((line) => openAt(line, open, place)) : noneOf(lines.length),
    band: band[place] ?? null,
    ahead: null,
  };
}

/** Whether a step is what the columns say at a place. */
function holds(step: Step, { starts, open, lines, band }: Columns, place: number): boolean {
  if (step.start !== starts[place] || step.ahead !== null || step.band !== (band[place] ?? null)) return false;
  if (step.final.length !== lines.length) return false;
  for (const [at, line] of lines.entries()) {
    if (step.final[at] !== finalAt(line, open, place) || step.open[at] !== openAt(line, open, place)) return false;
  }
  return true;
}

function finalAt({ values }: LineOf, open: boolean[], place: number): number | null {
  return open[place] === true ? null : (values[place] ?? null);
}

function openAt({ values }: LineOf, open: boolean[], place: number): number | null {
  return isOpenAt(open, place) ? (values[place] ?? null) : null;
}

/** Whether a step is drawn as one that may still change: the last final one is, too. */
function isOpenAt(open: boolean[], place: number): boolean {
  return open[place] === true || open[place + 1] === true;
}

const NONE = new Map<number, null[]>();

/** The same each time: of nearly all steps nothing is open. */
function noneOf(lines: number): null[] {
  const none = NONE.get(lines) ?? Array.from({ length: lines }, () => null);
  NONE.set(lines, none);
  return none;
}

/** last: when the newest step that is drawn begins; a forecast may begin before it, at the first step that is not final. */
function stepsAhead(ahead: Ahead[], last: number, lines: number): Step[] {
  const none = noneOf(lines);
  return ahead
    .map(({ start, expected, low, high }): Step => {
      return { start, at: Date.parse(start), final: none, open: none, band: [low, high], ahead: expected };
    })
    .filter(({ at }) => at > last);
}

/** When each step begins, those to come among them, in milliseconds since the epoch. */
export function timesOf(starts: string[], ahead: Ahead[]): number[] {
  const times = starts.map((start) => Date.parse(start));
  const last = times.at(-1) ?? -Infinity;
  return [...times, ...ahead.map(({ start }) => Date.parse(start)).filter((at) => at > last)];
}

/** Whether two lists hold the same things. */
export function same<T>(one: readonly T[], other: readonly T[]): boolean {
  return one.length === other.length && one.every((each, place) => each === other[place]);
}

/** The steps that are open, and the last final one before them. */
export function openEnd(steps: Step[]): Step[] {
  const first = steps.findIndex(({ open }) => open.some(isThere));
  return first < 0 ? [] : steps.slice(first);
}

function isThere(value: number | null): boolean {
  return value !== null;
}

export interface Piece {
  /** The same for the same stretch of time, however far the range has moved on. */
  key: number;
  /** Its steps, after the last one of the piece before it, so that a line is not broken. */
  steps: Step[];
}

// As wide as what a new figure has drawn anew: some 50 pixels of an hour as of a day.
const FEW = 120;
const OF_FEW = 10;
const OF_MANY = 60;

/** Steps in stretches of time that are drawn by themselves: where one step changes, its piece alone is drawn anew. */
export function piecesOf(steps: Step[]): Piece[] {
  const [first, last] = [steps[0]?.at ?? 0, steps.at(-1)?.at ?? 0];
  const length = Math.max(1, (last - first) / Math.max(1, steps.length - 1));
  const most = length * (steps.length <= FEW ? OF_FEW : OF_MANY);
  const pieces: Piece[] = [];
  for (const step of steps) {
    const key = Math.floor(step.at / most);
    const piece = pieces.at(-1);
    if (piece?.key === key) piece.steps.push(step);
    else pieces.push({ key, steps: [...(piece?.steps.slice(-1) ?? []), step] });
  }
  return pieces;
}
