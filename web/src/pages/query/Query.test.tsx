import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { expect, test } from "vitest";

import { api } from "../../api/client";
import { AS_CSV, wholeCsv } from "../../api/csv";
import { show } from "../../testing/render";
import { answers, refuses, server } from "../../testing/server";
import { Query } from "./Query";

function everything() {
  answers("/tables", { data: [] });
  answers("/query/validate", { valid: true, tables: [], fault: null }, "post");
  answers("/queries", { data: [] });
}

test("a link runs its statement, pages are of one answer, and as of then it is asked as of then", async () => {
  everything();
  const asked = answers("/query", { columns: ["n"], data: [{ n: 7 }], next_cursor: "2" }, "post");
  show(<Query />, { at: "/query?sql=select 7 as n&as_of=2026-11-24T10:30:00Z" });
  expect(await screen.findByRole("row", { name: "7" })).toBeVisible();
  expect(screen.getByText(/The first 1 row, of no table/)).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: "More rows" }));
  expect(await screen.findByText(/The first 2 rows/)).toBeVisible();
  expect(asked.map(({ searchParams }) => [searchParams.get("as_of"), searchParams.get("cursor")])).toEqual([
    ["2026-11-24T10:30:00Z", null],
    ["2026-11-24T10:30:00Z", "2"],
  ]);
});

test("what is wrong is told with its place, and a refusal as the API says it", async () => {
  answers("/tables", { data: [] });
  answers("/queries", { data: [] });
  answers(
    "/query/validate",
    { valid: false, tables: [], fault: { message: "No such column.", line: 1, column: 10 } },
    "post",
  );
  refuses("/query", { status: 400, title: "Bad Request", detail: "Referenced column foo not found." }, "post");
  show(<Query />, { at: "/query?sql=select foo" });
  expect(await screen.findByText("Line 1, column 10: No such column.")).toBeVisible();
  expect(await screen.findByText("Referenced column foo not found.")).toBeVisible();
});

test("plan and advice say what is read, and are in the address", async () => {
  everything();
  answers("/query", { columns: [], data: [], next_cursor: null }, "post");
  const tables = [{ name: "silver.events", version: 87, files: 2, total_files: 9, bytes: 84_626 }];
  answers("/query/advice", { tables, hints: ["Name the columns that are needed."] }, "post");
  show(<Query />, { at: "/query?sql=select 1" });
  await userEvent.click(await screen.findByRole("tab", { name: "Advice" }));
  expect(await screen.findByText("Name the columns that are needed.")).toBeVisible();
  expect(screen.getByRole("row", { name: "silver.events 87 2 9 84.6 kB" })).toBeVisible();
  expect(screen.getByTestId("address")).toHaveTextContent("show=advice");
});

test("a statement is saved under a name, opened and deleted, and what is refused says why", async () => {
  everything();
  const times = { created_at: "2026-11-24T10:30:00Z", changed_at: "2026-11-24T10:30:00Z" };
  const entry = { id: "5f2c", name: "Seven", description: "", sql: "select 7", parameters: {}, ...times };
  answers("/queries", { data: [entry] });
  const deleted: string[] = [];
  server.use(
    http.delete("*/api/v1/queries/:id", ({ params }) => {
      deleted.push(String(params["id"]));
      return HttpResponse.json(entry);
    }),
  );
  show(<Query />, { at: "/query" });
  await userEvent.click(await screen.findByRole("button", { name: "Seven" }));
  refuses("/queries", { status: 409, title: "Conflict", detail: "There is a query of that name." }, "post");
  await userEvent.type(screen.getByLabelText("Name"), "Seven");
  await userEvent.click(screen.getByRole("button", { name: "Save the statement" }));
  expect(await screen.findByText("There is a query of that name.")).toBeVisible();
  const asked = answers("/queries", entry, "post");
  await userEvent.click(screen.getByRole("button", { name: "Save the statement" }));
  await userEvent.click(await screen.findByRole("button", { name: "Delete Seven…" }));
  await userEvent.click(screen.getByRole("button", { name: "Delete it for everybody" }));
  await waitFor(() => expect(deleted).toEqual(["5f2c"]));
  expect(asked).toHaveLength(1);
});

test("a file holds every page under one head, though a name breaks its line", async () => {
  server.use(
    http.post("*/api/v1/query", ({ request }) => {
      const second = new URL(request.url).searchParams.get("cursor") === "a=";
      const next = '</api/v1/query?limit=1000&cursor=a%3D>; rel="next"';
      const headers = { "Content-Type": "text/csv", ...(second ? {} : { Link: next }) };
      return new HttpResponse(`"a\nb"\n${second ? 2 : 1}\n`, { headers });
    }),
  );
  const ask = (cursor: string | null) =>
    api.POST("/api/v1/query", { params: { query: { cursor } }, body: { sql: "select 1" }, ...AS_CSV });
  expect(await wholeCsv(ask)).toEqual({ text: '"a\nb"\n1\n2\n', cut: false });
});
