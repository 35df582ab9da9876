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
const DAY_MS = 86_400_000;

export interface Plane {
  width: number;
  height: number;
  /** Where the steps of a time, in milliseconds since the epoch, and values lie; the axis of time is at `bottom`. */
  x: (at: number) => number;
  y: (value: number) => number;
  bottom: number;
  /** What the axes name. */
  values: number[];
  starts: number[];
}

interface Asked {
  width: number;
  height: number;
  /** When each step begins, oldest first. */
  times: number[];
  low: number;
  high: number;
  /** Whether there is nothing between two whole numbers. */
  whole: boolean;
  /** How the axis names a time. */
  name: (start: string) => string;
}

export function planeOf({ width, height, times, low, high, whole, name }: Asked): Plane {
  const bottom = height - BOTTOM;
  const value = scaleLinear([low, high], [bottom, TOP]).nice(VALUE_TICKS);
  const time = scaleUtc([times[0] ?? 0, times.at(-1) ?? 0], [LEFT, width - RIGHT]);
  const values = value.ticks(VALUE_TICKS).filter((each) => !whole || Number.isInteger(each));
  const first = times[0] ?? 0;
  // The first time of a day may have a longer name than others.
  const lengths = [first, first - (first % DAY_MS)].map((at) => name(new Date(at).toISOString()).length);
  const room = Math.max(...lengths) * DIGIT;
  const most = Math.max(1, Math.floor((width - LEFT) / (room + BETWEEN)));
  const named = new Set(time.ticks(most).map(Number));
  return { width, height, x: time, y: value, bottom, values, starts: apart(times, named, time, width, room) };
}

/** From nothing to the highest value, or from the lowest where that is below nothing. */
export function extent(steps: Step[]): [low: number, high: number] {
  let [low, high] = [0, 0];
  const take = (value: number | null): void => {
    if (value === null) return;
    if (value < low) low = value;
    if (value > high) high = value;
  };
  for (const { band, ahead, final, open } of steps) {
    band?.forEach(take);
    take(ahead);
    final.forEach(take);
    open.forEach(take);
  }
  return low === high ? [0, 1] : [low, high];
}

/** The starts at round times whose names fit beside each other, or else the first one. */
function apart(times: number[], round: Set<number>, x: (at: number) => number, width: number, room: number): number[] {
  const found: number[] = [];
  let free = 0;
  for (const at of times) {
    if (!round.has(at)) continue;
    const [left, right] = [x(at) - room / 2, x(at) + room / 2];
    if (left < free || right > width) continue;
    found.push(at);
    free = right + BETWEEN / 2;
  }
  return found.length > 0 ? found : times.slice(0, 1);
}
