import { expect, test } from "vitest";

import { judgedOf } from "./judged";

const points = [
  { start: "2026-11-24T10:00:00Z", open: false, value: 40 },
  { start: "2026-11-24T10:05:00Z", open: false, value: null },
  { start: "2026-11-24T10:10:00Z", open: true, value: 7 },
];
const figures = { value: 1, judged: 2, expected: 9, low: 8, high: 10, score: 2 };
const series = { metric: "net" as const, currency: "EUR", points };

test("an anomaly is drawn at the step that its minute is in, and only in the chart of its own series", () => {
  const whole = { id: "a1", dimension: null, segment: null };
  const told = { severity: "critical" as const, reason: "low", ...whole, ...figures };
  const found = { metric: "net" as const, currency: "EUR", ...told };
  const anomalies = [
    { ...found, window_start: "2026-11-24T10:12:00Z" },
    { ...found, window_start: "2026-11-24T10:01:00Z", currency: "USD" },
    { ...found, window_start: "2026-11-24T10:06:00Z" },
  ];
  const { marks } = judgedOf(series, anomalies, []);
  expect(marks).toEqual([
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
  expect(judgedOf(series, [], expected).band).toEqual([[8, 10], null, null]);
});
