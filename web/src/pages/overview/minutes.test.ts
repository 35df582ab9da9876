import { expect, test } from "vitest";

import { liveWindow, message } from "../../testing/message";
import { eventsByMinute, netByMinute, rateByMinute } from "./minutes";

test("minutes run from the oldest to the newest, and the newest is still open", () => {
  const points = eventsByMinute(message());
  expect(points.map((point) => point.value)).toEqual([120, 120, 20]);
  expect(points.map((point) => point.open)).toEqual([false, false, true]);
});

test("where nobody viewed there is no conversion, rather than none of it", () => {
  const windows = [liveWindow("2026-11-24T10:30:00Z", { conversion_rate: null })];
  expect(rateByMinute(message({ windows }))[0]?.value).toBeNull();
});

test("money is of one currency", () => {
  expect(netByMinute(message(), "EUR").map((point) => point.value)).toEqual([0, 290.46, 0]);
  expect(netByMinute(message(), "JPY").map((point) => point.value)).toEqual([0, 0, 0]);
});
