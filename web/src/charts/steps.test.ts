import { expect, test } from "vitest";

import { piecesOf, stepsKept, stepsOf, type Columns } from "./steps";

const FIRST = Date.parse("2026-11-24T10:30:00Z");

function columns(values: (number | null)[], more: Partial<Columns> = {}): Columns {
  const starts = values.map((_, place) => new Date(FIRST + place * 60_000).toISOString());
  const open = values.map((_, place) => place === values.length - 1);
  return { starts, open, lines: [{ name: "Events", color: "events", values }], band: [], ahead: [], ...more };
}

test("an open step is dashed from the last final one on, so that the line does not break", () => {
  const steps = stepsOf(columns([5, null, 7], { band: [[1, 9]] }));
  expect(steps.map(({ final }) => final[0])).toEqual([5, null, null]);
  expect(steps.map(({ open }) => open[0])).toEqual([null, null, 7]);
  expect(steps.map(({ band }) => band)).toEqual([[1, 9], null, null]);
  expect(stepsOf(columns([5, 6, 7])).map(({ open }) => open[0])).toEqual([null, 6, 7]);
});

test("what is to come begins after what is drawn", () => {
  const { starts } = columns([1, 2, 3]);
  const ahead = starts.map((start) => ({ start, expected: 4, low: 2, high: 6 }));
  const steps = stepsOf(columns([1, 2], { ahead }));
  expect(steps.map((step) => [step.ahead, step.band])).toEqual([
    [null, null],
    [null, null],
    [4, [2, 6]],
  ]);
});

test("of a day of minutes a new figure makes one step anew, and a correction the one that it corrects", () => {
  const kept = stepsKept();
  const values = Array.from({ length: 1_440 }, (_, place) => place % 50);
  const before = kept(columns(values));
  const changed = (now: (number | null)[]): number[] => {
    const steps = kept(columns(now));
    return steps.flatMap((step, place) => (step === before[place] ? [] : [place]));
  };
  expect(changed(values)).toEqual([]);
  expect(changed(values.with(-1, 99))).toEqual([1_439]);
  expect(changed(values.with(-1, 99).with(700, 3))).toEqual([700, 1_439]);
});

test("a minute later the steps that are still there are the same ones", () => {
  const kept = stepsKept();
  const before = kept(columns([1, 2, 3, 4]));
  const { starts, open, lines } = columns([1, 2, 3, 4, 5]);
  const later = kept({
    ...columns([]),
    starts: starts.slice(1),
    open: open.slice(1),
    lines: lines.map((line) => ({ ...line, values: line.values.slice(1) })),
  });
  expect(later.map((step) => before.includes(step))).toEqual([true, false, false, false]);
  expect(later.map(({ final }) => final[0])).toEqual([2, 3, 4, null]);
});

test("pieces hang together, and lie on the same stretches of time however far the range has moved on", () => {
  const values = Array.from({ length: 1_440 }, (_, place) => place);
  const steps = stepsOf(columns(values));
  const pieces = piecesOf(steps);
  expect(pieces).toHaveLength(25);
  expect(pieces.map(({ steps: some }) => some.length)).toEqual([30, ...Array.from({ length: 23 }, () => 61), 31]);
  for (const [place, { steps: some }] of pieces.slice(1).entries()) expect(some[0]).toBe(pieces[place]?.steps.at(-1));
  const later = piecesOf(steps.slice(7));
  expect(later.map(({ key }) => key)).toEqual(pieces.map(({ key }) => key));
  expect(later.slice(1)).toEqual(pieces.slice(1));
});
