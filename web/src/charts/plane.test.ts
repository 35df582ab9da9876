import { expect, test } from "vitest";

import { minute, onAxis } from "../view/format";
import { extent, LEFT, planeOf, RIGHT } from "./plane";
import { reached } from "./StepPicker";
import { stepsOf } from "./steps";

const START = Date.parse("2026-11-24T10:07:00Z");

function plane(values: (number | null)[], more: { width?: number; whole?: boolean } = {}) {
  const starts = values.map((_, place) => new Date(START + place * 60_000).toISOString());
  const lines = [{ name: "Events", color: "events" as const, values }];
  const steps = stepsOf({ starts, open: starts.map(() => false), lines, band: [], ahead: [] });
  const [low, high] = extent(steps);
  const times = steps.map(({ at }) => at);
  return { times, ...planeOf({ width: 600, height: 220, times, low, high, whole: false, name: minute, ...more }) };
}

const named = (starts: number[]): string[] => starts.map((at) => minute(new Date(at).toISOString()));

test("steps lie where their time is, from edge to edge, and values from none to the highest", () => {
  const { times, x, y, values, bottom } = plane([0, 5, 10]);
  expect([0, 1, 2].map((place) => x(times[place] ?? 0))).toEqual([LEFT, (LEFT + 600 - RIGHT) / 2, 600 - RIGHT]);
  expect(values).toEqual([0, 2, 4, 6, 8, 10]);
  expect(y(0)).toBe(bottom);
  expect(y(10)).toBeLessThan(y(5));
});

test("the axis of time names round times that fit beside each other", () => {
  const hour = Array.from({ length: 60 }, () => 1);
  expect(named(plane(hour).starts)).toEqual(["10:15", "10:30", "10:45", "11:00"]);
  expect(named(plane(hour, { width: 250 }).starts)).toEqual(["10:30", "11:00"]);
});

test("of a day the axis names several times, and the new day", () => {
  const times = Array.from({ length: 1_440 }, (_, place) => START + place * 60_000);
  const { starts } = planeOf({ width: 480, height: 220, times, low: 0, high: 1, whole: false, name: onAxis });
  const names = starts.map((at) => onAxis(new Date(at).toISOString()));
  expect(names).toEqual(["12:00", "18:00", "2026-11-25", "06:00"]);
});

test("what is below nothing has its place, as has one step alone, and whole numbers have none between them", () => {
  const below = plane([-3, null]);
  expect([below.values[0], below.values.at(-1)]).toEqual([-3, 0]);
  const one = plane([0], { whole: true });
  expect(one.values).toEqual([0, 1]);
  expect(one.starts).toHaveLength(1);
  expect(one.x(one.starts[0] ?? 0)).toBe((LEFT + 600 - RIGHT) / 2);
});

test("arrow keys go from step to step and no further, from either end where there is none yet", () => {
  expect(["ArrowRight", "ArrowLeft", "Home", "End", "a"].map((key) => reached(key, -1, 3))).toEqual([0, 2, 0, 2, null]);
  expect([reached("ArrowRight", 2, 3), reached("ArrowLeft", 0, 3), reached("ArrowLeft", 2, 3)]).toEqual([2, 0, 1]);
  expect(["PageUp", "PageDown"].map((key) => reached(key, 200, 1_440))).toEqual([56, 344]);
  expect(["PageUp", "PageDown"].map((key) => reached(key, 1, 3))).toEqual([0, 2]);
});
