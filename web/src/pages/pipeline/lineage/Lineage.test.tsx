import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";

import { show } from "../../../testing/render";
import { answers, refuses } from "../../../testing/server";
import { Lineage } from "./Lineage";
import { drawn } from "./layout";

const tables = [
  { name: "bronze.events", layer: "bronze", grain: "one received record" },
  { name: "silver.events", layer: "silver", grain: "one accepted event" },
  { name: "gold.revenue_1m", layer: "gold", grain: "tenant, minute, currency" },
];
const edges = [
  { source: "bronze.events", target: "silver.events", by: ["contract/refine.py"] },
  { source: "silver.events", target: "gold.revenue_1m", by: ["medallion/sql/revenue_1m.sql"] },
];

function everything() {
  answers("/lineage", { tables, edges });
  const column = { name: "net", type: "decimal128(38, 4)", nullable: false, doc: "gross - refunded." };
  answers("/tables/:name/schema", {
    name: "gold.revenue_1m",
    version: 3,
    grain: "",
    key: [],
    partition_by: [],
    columns: [column],
  });
  const source = { column: "bronze.events.raw", member: "price", how: "value" };
  const made = {
    meaning: "gross - refunded.",
    by: "medallion/sql/revenue_1m.sql",
    steps: [{ name: "net", expression: "gross - refunded" }],
  };
  const of = { column: "gold.revenue_1m.net", type: "decimal128(38, 4)", ...made, sources: [source] };
  answers("/lineage/columns/:name", { column: "gold.revenue_1m.net", data: [of] });
  const reader = { kind: "endpoint", name: "GET /api/v1/kpis/revenue", by: "", reads: ["gold.revenue_1m.net"] };
  const impact = answers("/lineage/impact/:name", { column: "gold.revenue_1m.net", columns: [], readers: [reader] });
  const broken = { kind: "endpoint", name: "GET /api/v1/kpis/revenue", by: "", why: "It names gold.revenue_1m.net." };
  answers("/lineage/what-if", { refused: null, counts: { column: 0, endpoint: 1 }, breaks: [broken] }, "post");
  return impact;
}

test("from a table over a column to its sources, its readers and what would break; each step is a link", async () => {
  everything();
  const user = userEvent.setup();
  show(<Lineage />, { at: "/pipeline/lineage" });
  await user.click(await screen.findByRole("button", { name: /^gold.revenue_1m/ }));
  expect(screen.getByText(/gold.revenue_1m is computed from silver.events/)).toBeVisible();
  await user.click(await screen.findByLabelText("Column"));
  await user.click(screen.getByRole("option", { name: /^net/ }));
  expect(screen.getByTestId("address")).toHaveTextContent("column=gold.revenue_1m.net");
  expect(await screen.findByText("gross - refunded")).toBeVisible();
  expect(screen.getByRole("link", { name: "bronze.events.raw, member price" })).toHaveAttribute(
    "href",
    "/pipeline/lineage?column=bronze.events.raw&member=price",
  );
  expect(await screen.findByRole("row", { name: "GET /api/v1/kpis/revenue gold.revenue_1m.net" })).toBeVisible();
  const breaks = screen.getByRole("region", { name: "What would break" });
  expect(await within(breaks).findByText("1 endpoint would break.")).toBeVisible();
  expect(within(breaks).getByRole("row", { name: /It names gold.revenue_1m.net/ })).toBeVisible();
});

test("the member of a record is asked for alone", async () => {
  const asked = everything();
  show(<Lineage />, { at: "/pipeline/lineage?column=bronze.events.raw&member=price" });
  expect(await screen.findByRole("region", { name: /the record's member price/ })).toBeVisible();
  expect(asked[0]?.searchParams.get("member")).toBe("price");
});

test("a change that breaks nothing says so, and a column that there is not says what the API says", async () => {
  everything();
  answers("/lineage/what-if", { refused: null, counts: {}, breaks: [] }, "post");
  refuses("/lineage/columns/:name", {
    status: 404,
    title: "Not Found",
    detail: "There is no column gold.revenue_1m.nett.",
  });
  show(<Lineage />, { at: "/pipeline/lineage?column=gold.revenue_1m.nett&to=text" });
  expect(await screen.findByText("Nothing would break.")).toBeVisible();
  expect(await screen.findByText("There is no column gold.revenue_1m.nett.")).toBeVisible();
});

test("layers go from left to right and no two tables are drawn at one place", () => {
  const { places, lines } = drawn({ tables: [...tables, { name: "ops.ledger", layer: "ops", grain: "" }], edges });
  const [bronze, silver, gold, ops] = places.map(({ x, y }) => [x, y]);
  expect(bronze?.[0]).toBeLessThan(silver?.[0] ?? 0);
  expect(silver?.[0]).toBeLessThan(gold?.[0] ?? 0);
  expect(ops).not.toEqual(gold);
  expect(lines).toHaveLength(2);
});
