import { expect, test } from "vitest";

import { liveWindow, message } from "../../testing/message";
import { asTold, ofAnswers, ofMessage } from "./minutes";

const values = (points?: { value: number | null }[]) => points?.map((point) => point.value);

test("minutes run from the oldest to the newest, and the newest is still open", () => {
  const { events } = ofMessage(message());
  expect(values(events)).toEqual([120, 120, 20]);
  expect(events.map((point) => point.open)).toEqual([false, false, true]);
});

test("where nobody viewed there is no conversion, rather than none of it", () => {
  const windows = [liveWindow("2026-11-24T10:30:00Z", { conversion_rate: null })];
  expect(values(ofMessage(message({ windows })).conversion)).toEqual([null]);
});

test("minutes in which nothing happened are there, with nothing", () => {
  const windows = [liveWindow("2026-11-24T10:33:00Z"), liveWindow("2026-11-24T10:30:00Z")];
  const { events, conversion, net } = ofMessage(message({ windows }));
  expect(values(events)).toEqual([120, 0, 0, 120]);
  expect(values(conversion)?.slice(1, 3)).toEqual([null, null]);
  expect(values(net.EUR)?.slice(1, 3)).toEqual([0, 0]);
  expect(events.map(({ start }) => Date.parse(start) % 3_600_000)).toEqual([30, 31, 32, 33].map((m) => m * 60_000));
});

test("money is of one currency", () => {
  const { net } = ofMessage(message());
  expect(Object.keys(net)).toEqual(["EUR"]);
  expect(values(net.EUR)).toEqual([0, 290.46, 0]);
});

test("what the API answers makes the same points, however its times are written", () => {
  const at = "2026-11-24T10:00:00Z";
  const step = { step_start: at, step_end: "2026-11-24T11:00:00Z", ...liveWindow(at), sessions: 4 };
  const rows = [{ step_start: "2026-11-24T10:00:00.000000Z", currency: "GBP", net: "12.5000" }];
  const range = { start: at, end: "2026-11-24T11:00:00Z" };
  const made = ofAnswers(
    { step: "1h", ...range, data: [step] },
    { ...range, grain: "1h", table: "gold.revenue_1m", sql: "", columns: [], data: rows, next_cursor: null },
  );
  expect(values(made.net.GBP)).toEqual([12.5]);
  expect(values(made.users)).toEqual([61]);
});

test("currencies come in the order of the key figures, and those that these do not tell come last", () => {
  const told = [{ currency: "USD" }, { currency: "SEK" }, { currency: "EUR" }];
  expect(asTold(["CHF", "EUR", "USD"], told)).toEqual(["USD", "EUR", "CHF"]);
});
