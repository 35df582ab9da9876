import { expect, test } from "vitest";

import { EventParser } from "./events";

test("an event that comes in pieces is one event, with the id to resume by", () => {
  const parser = new EventParser();
  expect(parser.take("retry: 1000\n\nevent: kpis\nid: a=1@2\nda")).toEqual([]);
  expect(parser.take('ta: {"x":1}\n\n: still here\n\n')).toEqual([{ event: "kpis", id: "a=1@2", data: '{"x":1}' }]);
});

test("a heartbeat is no event", () => {
  expect(new EventParser().take(": still here\n\n")).toEqual([]);
});
