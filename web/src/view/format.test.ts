import { expect, test } from "vitest";

import { bytes, duration, onAxis } from "./format";

test("a length of time is written in the unit that suits it", () => {
  expect([0.4, 13.715, 999, 1_524.188, 90_000, 600_000, 7_200_000, 604_800_000].map(duration)).toEqual([
    "400 µs",
    "13.7 ms",
    "999 ms",
    "1.52 s",
    "90 s",
    "10 min",
    "2 h",
    "7 days",
  ]);
});

test("a size is written in the unit that suits it", () => {
  expect([0, 999, 1_000, 81_920, 999_499, 999_999, 12_345_678].map(bytes)).toEqual([
    "0 B",
    "999 B",
    "1 kB",
    "81.9 kB",
    "999 kB",
    "1 MB",
    "12.3 MB",
  ]);
});

test("an axis names the day where it begins, and the minute elsewhere", () => {
  expect(["2026-11-24T00:00:00Z", "2026-11-24T18:00:00Z"].map(onAxis)).toEqual(["2026-11-24", "18:00"]);
});
