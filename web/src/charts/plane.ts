/** Where steps and values lie in a drawing of lines over time. */
import { scaleLinear, scaleUtc } from "d3-scale";

import type { Step } from "./steps";

export const LEFT = 92;
export const RIGHT = 8;
const TOP = 8;
const BOTTOM = 30;
const VALUE_TICKS = 5;
// A digit of the axes' size, and the room between two times.
const DIGIT = 6.7;
const BETWEEN = 40;

export interface Plane {
  width: number;
  height: number;
  /** Where the steps of a start, and values, lie; the axis of time is at `bottom`. */
  x: (start: string) => number;
  y: (value: number) => number;
  bottom: number;
  /** What the axes name. */
  values: number[];
  starts: string[];
}

interface Asked {
  width: number;
  height: number;
  steps: Step[];
  /** How many lines a step has figures of. */
  lines: number;
  /** Whether there is nothing between two whole numbers. */
  whole: boolean;
  tick: (start: string) => string;
}

export function planeOf({ width, height, steps, lines, whole, tick }: Asked): Plane {
  const bottom = height - BOTTOM;
  const [low, high] = extent(steps, lines);
  const value = scaleLinear([low, high], [bottom, TOP]).nice(VALUE_TICKS);
  const [first, last] = [Date.parse(steps[0]?.start ?? ""), Date.parse(steps.at(-1)?.start ?? "")];
  const time = scaleUtc([first, last], [LEFT, width - RIGHT]);
  const x = (start: string): number => time(Date.parse(start));
  const values = value.ticks(VALUE_TICKS).filter((each) => !whole || Number.isInteger(each));
  const room = tick(steps[0]?.start ?? "").length * DIGIT;
  const most = Math.max(1, Math.floor((width - LEFT) / (room + BETWEEN)));
  const named = new Set(time.ticks(most).map(Number));
  const starts = steps.map(({ start }) => start);
  return { width, height, x, y: value, bottom, values, starts: apart(starts, named, x, width, room) };
}

/** From nothing to the highest, or from the lowest where that is below nothing. */
function extent(steps: Step[], lines: number): [number, number] {
  let [low, high] = [0, 0];
  const take = (value: number | null | undefined): void => {
    if (value == null) return;
    low = Math.min(low, value);
    high = Math.max(high, value);
  };
  for (const step of steps) {
    step.band?.forEach(take);
    take(step.ahead);
    for (let place = 0; place < lines; place += 1) {
      take(step[`final${place}`]);
      take(step[`open${place}`]);
    }
  }
  return low === high ? [0, 1] : [low, high];
}

/** The starts at round times whose names fit beside each other, or else the first one. */
function apart(
  starts: string[],
  round: Set<number>,
  x: (start: string) => number,
  width: number,
  room: number,
): string[] {
  const found: string[] = [];
  let free = 0;
  for (const start of starts) {
    const [left, right] = [x(start) - room / 2, x(start) + room / 2];
    if (!round.has(Date.parse(start)) || left < free || right > width) continue;
    found.push(start);
    free = right + BETWEEN / 2;
  }
  return found.length > 0 ? found : starts.slice(0, 1);
}
