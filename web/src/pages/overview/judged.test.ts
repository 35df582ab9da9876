import { expect, test } from "vitest";

import { bandOf, bandsOf, expectedUntil, marksOf, oddOf } from "./judged";

const starts = ["2026-11-24T10:00:00Z", "2026-11-24T10:05:00Z", "2026-11-24T10:10:00Z"];
const values = [40, null, 7];
const figures = { value: 1, judged: 2, expected: 9, low: 8, high: 10, score: 2 };
const series = { metric: "net" as const, currency: "EUR" };

test("an anomaly is drawn at the step that its minute is in, and only in the chart of its own series", () => {
  const whole = { id: "a1", dimension: null, segment: null };
  const told = { severity: "critical" as const, reason: "low", ...whole, ...figures };
  const found = { metric: "net" as const, currency: "EUR", ...told };
  const anomalies = [
    { ...found, window_start: "2026-11-24T10:12:00Z" },
    { ...found, window_start: "2026-11-24T10:01:00Z", currency: "USD" },
    { ...found, window_start: "2026-11-24T10:06:00Z" },
  ];
  expect(marksOf(oddOf(series, starts, anomalies), starts, values)).toEqual([
    { step: "2026-11-24T10:10:00Z", at: "2026-11-24T10:12:00Z", value: 7, reason: "low", critical: true },
  ]);
});

test("where nothing was learned yet, or it is still open, nothing was expected", () => {
  const minute = { ...figures, is_anomaly: false };
  const learning = { ...minute, low: null, high: null, expected: null };
  const expected = [
    { ...minute, window_start: "2026-11-24T10:00:00+00:00" },
    { ...learning, window_start: "2026-11-24T10:05:00Z" },
  ];
  expect(bandOf(starts, bandsOf(expected))).toEqual([[8, 10], null, null]);
});

test("of an hour it is asked up to its end, of more up to the last quarter of an hour", () => {
  const end = "2026-11-24T10:44:00.000Z";
  expect(expectedUntil("2026-11-24T09:44:00.000Z", end)).toBe(end);
  expect(expectedUntil("2026-11-23T10:44:00.000Z", end)).toBe("2026-11-24T10:30:00.000Z");
});
