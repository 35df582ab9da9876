import { expect, test } from "vitest";

import { liveWindow, message } from "../../testing/message";
import { asTold, columnsKept, joined, ofAnswers, ofMessage, overTime } from "./minutes";

test("minutes run from the oldest to the newest, and the newest is still open", () => {
  const { events, open } = ofMessage(message());
  expect(events).toEqual([120, 120, 20]);
  expect(open).toEqual([false, false, true]);
});

test("where nobody viewed there is no conversion, rather than none of it", () => {
  const windows = [liveWindow("2026-11-24T10:30:00Z", { conversion_rate: null })];
  expect(ofMessage(message({ windows })).conversion).toEqual([null]);
});

test("minutes in which nothing happened are there, with nothing", () => {
  const windows = [liveWindow("2026-11-24T10:33:00Z"), liveWindow("2026-11-24T10:30:00Z")];
  const { starts, events, conversion, net } = ofMessage(message({ windows }));
  expect(events).toEqual([120, 0, 0, 120]);
  expect(conversion.slice(1, 3)).toEqual([null, null]);
  expect(net.EUR?.slice(1, 3)).toEqual([0, 0]);
  expect(starts.map((start) => Date.parse(start) % 3_600_000)).toEqual([30, 31, 32, 33].map((m) => m * 60_000));
});

test("money is of one currency", () => {
  const { net } = ofMessage(message());
  expect(Object.keys(net)).toEqual(["EUR"]);
  expect(net.EUR).toEqual([0, 290.46, 0]);
});

test("what the API answers makes the same points, however its times are written", () => {
  const at = "2026-11-24T10:00:00Z";
  const step = { step_start: at, step_end: "2026-11-24T11:00:00Z", ...liveWindow(at), sessions: 4 };
  const rows = [{ step_start: "2026-11-24T10:00:00.000000Z", currency: "GBP", net: "12.5000" }];
  const made = ofAnswers([step], rows);
  expect(made.net.GBP).toEqual([12.5]);
  expect(made.users).toEqual([61]);
});

test("currencies come in the order of the key figures, and those that these do not tell come last", () => {
  const told = [{ currency: "USD" }, { currency: "SEK" }, { currency: "EUR" }];
  expect(asTold(["CHF", "EUR", "USD"], told)).toEqual(["USD", "EUR", "CHF"]);
});

const minutes = (first: number, ...events: number[]) => {
  const start = (place: number): string => `2026-11-24T10:${first + place}:00Z`;
  const steps = events.map((each, place) => ({ ...liveWindow(start(place), { events: each }), start: start(place) }));
  return overTime(steps, [{ start: start(0), currency: first === 20 ? "EUR" : "USD", net: "5.00" }]);
};

test("the newest minutes are as the feed tells them, those before as they were answered, and none is before the range", () => {
  const { starts, events, net } = joined(minutes(20, 1, 2, 3, 4), minutes(22, 30, 40, 50), "2026-11-24T10:21:00.000Z");
  expect(starts.map((start) => start.slice(14, 16))).toEqual(["21", "22", "23", "24"]);
  expect(events).toEqual([2, 30, 40, 50]);
  expect(net).toEqual({ EUR: [0, 0, 0, 0], USD: [0, 5, 0, 0] });
});

test("before the feed tells anything all is as it was answered", () => {
  expect(joined(minutes(20, 1, 2), overTime([], []), "2026-11-24T10:20:00Z").events).toEqual([1, 2]);
});

test("a figure that did not change is the same object, beside one that did", () => {
  const kept = columnsKept();
  const before = kept(minutes(20, 1, 2));
  const after = kept(minutes(20, 1, 3));
  expect(after.events).toEqual([1, 3]);
  expect(after.starts).toBe(before.starts);
  expect(after.net.EUR).toBe(before.net.EUR);
});
