import { expect, test } from "vitest";

import { csvOf, tableOf } from "./csv";

test("a chart's figures are a row for each step, text is quoted, and none is empty rather than nothing", () => {
  const table = tableOf(
    ["2026-11-24T10:00:00Z"],
    [
      { name: 'of "tea", sold', values: [4.5] },
      { name: "share", values: [null] },
    ],
  );
  expect(csvOf(table)).toBe('"start","of ""tea"", sold","share"\n"2026-11-24T10:00:00Z",4.5,\n');
});
