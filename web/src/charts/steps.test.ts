import { expect, test } from "vitest";

import { stepsAhead, stepsOf } from "./steps";

const STARTS = ["2026-11-24T10:30:00Z", "2026-11-24T10:31:00Z", "2026-11-24T10:32:00Z"];

test("an open step is dashed from the last final one on, so that the line does not break", () => {
  const line = { name: "Events", color: "events" as const, values: [5, null, 7] };
  const steps = stepsOf(STARTS, [false, false, true], [line], [[1, 9]]);
  expect(steps.map(({ final0 }) => final0)).toEqual([5, null, null]);
  expect(steps.map(({ open0 }) => open0)).toEqual([null, null, 7]);
  expect(steps.map(({ band }) => band)).toEqual([[1, 9], null, null]);
  const whole = stepsOf(STARTS, [false, false, true], [{ ...line, values: [5, 6, 7] }], []);
  expect(whole.map(({ open0 }) => open0)).toEqual([null, 6, 7]);
});

test("what is to come begins after what is drawn", () => {
  const ahead = STARTS.map((start) => ({ start, expected: 4, low: 2, high: 6 }));
  expect(stepsAhead(ahead, "2026-11-24T10:31:00Z")).toEqual([{ start: STARTS[2], band: [2, 6], ahead: 4 }]);
});
