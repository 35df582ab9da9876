import { expect, test } from "vitest";

import { read, written, type Dimension, type Metric } from "./choice";
import { drawn } from "./series";

const metric = { name: "events", title: "Events", unit: "events", ratio: null } as Metric;
const range = { start: "2026-11-24T10:00:00Z", end: "2026-11-24T10:03:00Z", grain: "1m", currency: null } as const;
const asked = { ...range, metric, by: "country", watermark: "2026-11-24T10:02:30Z" };

test("steps in which nothing happened are nothing for a count, and no figure for a share", () => {
  const rows = [{ step_start: "2026-11-24T10:01:00Z", country: "DE", events: 4 }];
  expect(drawn(rows, asked)[0]?.lines).toMatchObject([{ name: "DE", values: [0, 4, 0] }]);
  const share = { ...metric, ratio: { of: "a", to: "b", digits: 6 } } as Metric;
  expect(drawn(rows, { ...asked, metric: share })[0]?.lines).toMatchObject([{ values: [null, 4, null] }]);
});

test("what may still change is open", () => {
  expect(drawn([{ step_start: range.start, country: null, events: 1 }], asked)[0]?.open).toEqual([false, false, true]);
});

test("the largest parts come first, and no more than can be told apart are drawn", () => {
  const rows = [1, 2, 3, 4, 5, 6, 7].map((events) => ({ step_start: range.start, country: `C${events}`, events }));
  const [chart] = drawn(rows, asked);
  expect(chart?.lines.map(({ name }) => name)).toEqual(["C7", "C6", "C5", "C4", "C3", "C2"]);
  expect(chart?.parts).toBe(7);
});

test("a share of nothing is no bar", () => {
  const rows = [
    { country: "DE", events: null },
    { country: "FR", events: "0.5" },
  ];
  expect(drawn(rows, { ...asked, grain: "all" })[0]?.bars).toEqual([{ name: "FR", value: 0.5 }]);
});

test("filters are read off the address as they were written, whatever text they hold", () => {
  const text = { title: "", description: "", values: [] };
  const dimensions: Dimension[] = [
    { name: "campaign", type: "text", ...text },
    { name: "is_late", type: "boolean", ...text },
  ];
  const filters = [
    { dimension: "campaign", operator: "in" as const, values: ["a;b:c", "1 + 1 = 2, 100 %"] },
    { dimension: "is_late", operator: "eq" as const, values: [true] },
    { dimension: "campaign", operator: "is_null" as const, values: [] },
  ];
  const address = new URLSearchParams({ where: written(filters) ?? "" });
  expect(read(new URLSearchParams(address.toString()).get("where"), dimensions)).toEqual(filters);
  expect(read("nothing:eq:1;campaign:like:x", dimensions)).toEqual([]);
});
