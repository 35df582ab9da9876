import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { Route, Routes } from "react-router";
import { expect, test } from "vitest";

import { show } from "../../testing/render";
import { answers, refuses } from "../../testing/server";
import { Tables } from "./Tables";

const page = (
  <Routes>
    <Route path="/tables/*" element={<Tables />} />
  </Routes>
);

function summary(name: string, version: number) {
  const sizes = { rows: 1_440, files: 3, bytes: 81_920, sources: [] };
  return { name, layer: "gold", kind: "windowed", grain: "tenant, minute", version, ...sizes };
}

function table(version = 41) {
  answers("/tables/:name", summary("gold.kpis_1m", version));
}

test("every table is told with its size, and since when it last changed as far as that is known", async () => {
  answers("/tables", { data: [summary("gold.kpis_1m", 41), summary("ops.ledger", 44)] });
  const commit = (committed_at: string) => ({ table: "gold.kpis_1m", committed_at });
  const data = [commit("2026-11-24T10:30:12Z"), commit("2026-11-24T10:29:00Z")];
  const asked = answers("/history/timeline", { since: "", data, next_cursor: "more" });
  show(page, { at: "/tables?as_of=2026-11-24T10:31:00Z" });
  const last = { name: /^gold.kpis_1m 1,440 81.9 kB 3 41 2026-11-24 10:30:12 UTC/ };
  expect(await screen.findByRole("row", last)).toBeVisible();
  expect(screen.getByRole("row", { name: /^ops.ledger .* before 2026-11-24 10:29:00 UTC/ })).toBeVisible();
  expect(screen.getByRole("link", { name: "ops.ledger" })).toHaveAttribute(
    "href",
    "/tables/ops.ledger?as_of=2026-11-24T10%3A31%3A00Z",
  );
  expect(asked[0]?.searchParams.get("as_of")).toBe("2026-11-24T10:31:00Z");
});

test("columns lead to what they are made of", async () => {
  table();
  const column = { name: "events", type: "int64", nullable: false, doc: "Accepted events." };
  const layout = { grain: "", key: ["tenant_id", "window_start"], partition_by: [] };
  answers("/tables/:name/schema", { name: "gold.kpis_1m", version: 41, ...layout, columns: [column] });
  show(page, { at: "/tables/gold.kpis_1m" });
  expect(await screen.findByRole("row", { name: "events int64 no Accepted events." })).toBeVisible();
  expect(screen.getByRole("link", { name: "events" })).toHaveAttribute(
    "href",
    "/pipeline/lineage?column=gold.kpis_1m.events",
  );
});

test("pages of rows are of one version, and a null is told from an empty text", async () => {
  table();
  const asked = answers("/tables/:name/rows", {
    data: [{ country: "", events: null, extras: { a: 1 } }],
    next_cursor: "2",
  });
  show(page, { at: "/tables/gold.kpis_1m/rows" });
  const panel = await screen.findByRole("region", { name: "Rows of version 41" });
  expect(await within(panel).findByRole("row", { name: 'null {"a":1}' })).toBeVisible();
  await userEvent.click(within(panel).getByRole("button", { name: "More rows" }));
  await within(panel).findAllByRole("row", { name: 'null {"a":1}' });
  expect(asked.map(({ searchParams }) => [searchParams.get("as_of"), searchParams.get("cursor")])).toEqual([
    ["gold.kpis_1m=41", null],
    ["gold.kpis_1m=41", "2"],
  ]);
});

test("files are told with the version they came with, and what the log says of their columns", async () => {
  table();
  const columns = [{ name: "window_start", nulls: 0, lowest: "2026-11-24T10:30:00Z", highest: null }];
  const file = { bytes: 5_127, rows: 83, partition: { event_date: "2026-11-24" }, added_at: "2026-11-24T10:30:12Z" };
  const data = [
    { path: "part-1.parquet", ...file, added_version: 41, columns },
    { path: "part-2.parquet", ...file, added_version: null, columns: null },
  ];
  answers("/tables/:name/files", { data, next_cursor: null });
  show(page, { at: "/tables/gold.kpis_1m/files" });
  expect(
    await screen.findByText(
      "83 rows · 5.13 kB · came with version 41, 2026-11-24 10:30:12 UTC · event_date = 2026-11-24",
    ),
  ).toBeVisible();
  expect(screen.getByText("window_start").closest("tr")).toHaveTextContent("window_start02026-11-24T10:30:00Z–");
  expect(screen.getByText(/holds rows of others, too/)).toBeInTheDocument();
});

test("what the columns hold says of how many rows that is", async () => {
  table();
  const quantiles = { p25: 1, p50: 120, p75: 130, p95: 140, p99: 150 };
  const events = { name: "events", type: "int64", nulls: 2, distincts: 1_204, lowest: 1, highest: 900, quantiles };
  const columns = [{ ...events, frequent: [{ value: 120, rows: 7 }] }];
  answers("/tables/:name/profile", { name: "gold.kpis_1m", version: 41, rows: 1_440, is_complete: false, columns });
  show(page, { at: "/tables/gold.kpis_1m/profile" });
  expect(await screen.findByRole("row", { name: "events 2 1,204 120 (7) 1 120 900" })).toBeVisible();
  expect(screen.getByText("Of the newest 1,440 rows.")).toBeVisible();
});

test("a table that there is not says what the API says", async () => {
  refuses("/tables/:name", { status: 404, title: "Not Found", detail: "There is no table gold.kpi_1m." });
  show(page, { at: "/tables/gold.kpi_1m" });
  expect(await screen.findByText("There is no table gold.kpi_1m.")).toBeVisible();
});
