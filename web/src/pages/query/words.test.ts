import { expect, test } from "vitest";

import { named, suggestions, wordAt } from "./words";

const words = { tables: ["silver.events", "gold.kpis_1m"], columns: ["price", "user_id"] };
const labels = (before: string): string[] => suggestions(before, words).options.map(({ label }) => label);

test("tables are suggested by layer, columns after a table or what it is called, and both elsewhere", () => {
  expect(labels("select * from silver.")).toEqual(["silver.events", "gold.kpis_1m"]);
  expect(labels("select e.")).toEqual(["price", "user_id"]);
  expect(labels("select pr")).toEqual(["price", "user_id", "silver.events", "gold.kpis_1m"]);
  expect(suggestions("select e.pr", words).replaced).toBe(2);
  expect(suggestions("from silver.ev", words).replaced).toBe("silver.ev".length);
});

test("the tables of a statement are found however they are written", () => {
  expect(named("SELECT 1 FROM Silver.Events", words.tables)).toEqual(["silver.events"]);
});

test("a fault is marked from the start of its word, wherever that is", () => {
  expect(wordAt("select fooo\nfrom silver.events", 1, 11)).toEqual({ from: 7, to: 11 });
  expect(wordAt("select 1\nfrom silver.event", 2, 17)).toEqual({ from: 14, to: 26 });
  expect(wordAt("select (", 1, 8)).toEqual({ from: 7, to: 8 });
  expect(wordAt("", 1, 0)).toBeNull();
  expect(wordAt("select", 3, 1)).toBeNull();
});
