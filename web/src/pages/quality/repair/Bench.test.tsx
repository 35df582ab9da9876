import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { Route, Routes } from "react-router";
import { beforeEach, expect, test } from "vitest";

import type { Schemas } from "../../../api/client";
import { show } from "../../../testing/render";
import { answers, refuses, server } from "../../../testing/server";
import { Quality } from "../Quality";
import { examplesFor } from "./examples";
import { EMPTY, patchOf } from "./patch";

const page = (
  <Routes>
    <Route path="/quality/*" element={<Quality />} />
  </Routes>
);

const RECEIVED = "2026-11-24T10:30:12.300000Z";
const ID = "http-0-1207-events";
const RECORD = {
  ...{ id: ID, source: "http", topic: "events", partition: 0, position: 1_207, received_at: RECEIVED },
  ...{ reasons: ["type:price"], contract_version: 1, raw_bytes: 24, raw: '{"price":"12.50"}', repaired_by: null },
};
const REPAIR: Schemas["Repair"] = {
  ...{ id: "3f9a51c07be2", state: "pending", kind: "repair", created_at: "2026-11-24T10:31:00Z", by: "1b2c3d4e" },
  ...{ why: "A till.", filter: {}, patch: { merge: { price: 1 } }, records: 1 },
  ...{ accepted: null, duplicates: null, quarantined: null, late: null },
};
const ROW = { window_start: "2026-11-24T10:30:00Z", currency: "EUR", orders: 4, gross: "50.0000" };
const OUTCOME: Schemas["RepairOutcome"] = {
  ...{ dry_run: true, matched: 3, looked_at: 3, accepted: 1, duplicates: 0, late: 1, still_rejected: 2, repair: null },
  reasons: [{ reason: "missing:price", records: 2 }],
  samples: [{ id: ID, before: RECORD.raw, after: '{"price":12.5}', fate: "accepted", reasons: [], event: {} }],
  effect: {
    windows: 1,
    tables: [
      { table: "gold.revenue_1m", rows: 1, changes: [{ before: ROW, after: { ...ROW, orders: 5, gross: "62.5000" } }] },
    ],
  },
};

/** Answers posts of a path, and remembers their bodies and keys. */
function takes(path: string, answer: (body: { dry_run: boolean }) => object) {
  const taken: { body: Record<string, unknown>; once: string | null }[] = [];
  server.use(
    http.post(`*/api/v1${path}`, async ({ request }) => {
      const body = (await request.json()) as { dry_run: boolean };
      const { headers } = request;
      taken.push({ body, once: headers.get("Idempotency-Key") });
      return HttpResponse.json(answer(body));
    }),
  );
  return taken;
}

beforeEach(() => {
  const by_reason = [{ reason: "type:price", records: 5, repaired: 2, share: "1.0000" }];
  answers("/quarantine/summary", {
    start: RECEIVED,
    end: RECEIVED,
    records: 5,
    repaired: 2,
    by_reason,
    step_s: 60,
    over_time: [],
  });
  answers("/quarantine", { data: [RECORD], next_cursor: null });
  answers("/quarantine/repairs", { data: [], next_cursor: null });
  answers("/whoami", { tenant_id: "default", role: "reader", key_id: null });
});

test("a patch that fits the reason is tried, and what becomes of records and of gold is told", async () => {
  const taken = takes("/quarantine/repair", () => OUTCOME);
  show(page, { at: "/quality/repair?reason=type:price" });
  expect(await screen.findByText(/needs an API key of role admin/)).toBeVisible();
  expect(await screen.findByText("Nothing has been repaired yet.")).toBeVisible();
  expect(screen.getByLabelText("SQL expression")).toHaveValue("try_cast(replace(price, ',', '.') as decimal(18,4))");
  await userEvent.click(screen.getByText("Preview"));
  const said = "3 records: 1 would be accepted (1 of them late), 0 would be duplicates, 2 would stay.";
  expect(await screen.findByText(said)).toBeVisible();
  expect(screen.getByText("Rules that are broken still: missing:price (2).")).toBeVisible();
  expect(screen.getByText('{"price":12.5}').closest("tr")).toHaveTextContent('accepted{"price":"12.50"}{"price":12.5}');
  const changed = screen.getByText("orders 4 → 5, gross 50.0000 → 62.5000").closest("tr");
  expect(changed).toHaveTextContent("gold.revenue_1m2026-11-24T10:30:00Z EUR");
  expect(taken[0]?.body["filter"]).toMatchObject({ reason: "type:price" });
});

test("records are taken in again after a question, once, as they were tried", async () => {
  const taken = takes("/quarantine/repair", ({ dry_run }) => (dry_run ? OUTCOME : { ...OUTCOME, repair: REPAIR }));
  answers("/quarantine/repairs/:id", REPAIR);
  const user = userEvent.setup();
  show(page, { at: "/quality/repair?reason=type:price" });
  await user.click(await screen.findByText("Preview"));
  await user.click(await screen.findByText("Re-admit 1 record…"));
  await user.click(screen.getByLabelText("Why"));
  await user.paste("A till.");
  await user.click(screen.getByText("Re-admit them"));
  expect(await screen.findByText(/it waits for the engine's next batch/)).toBeVisible();
  const [tried, made] = taken;
  expect(made?.body).toEqual({ ...tried?.body, dry_run: false, why: "A till." });
  expect(made?.once).toMatch(/^[\x21-\x7e]{8,255}$/);
});

test("a repair is followed until it is in gold, with what became of its records", async () => {
  answers("/quarantine/repairs/:id", REPAIR);
  const fate = { fate: "accepted", event_id: "e1", window: "2026-11-24T10:30:00Z", duplicate_of: null };
  const offsets = answers("/ledger/offsets/:partition/:position", fate);
  show(page, { at: "/quality/repair?repair=3f9a51c07be2" });
  expect(await screen.findByText(/it waits for the engine's next batch/)).toBeVisible();
  answers("/quarantine/repairs/:id", { ...REPAIR, state: "done", accepted: 1, duplicates: 0, quarantined: 0, late: 1 });
  expect(
    await screen.findByText("In gold: 1 accepted (1 of them late), 0 duplicates, 0 rejected again."),
  ).toBeVisible();
  expect(await screen.findByText("2026-11-24 10:30:00 UTC")).toHaveAttribute(
    "href",
    "/explain/2026-11-24T10%3A30%3A00Z",
  );
  expect(offsets[0]?.search).toBe("?source=repair&topic=3f9a51c07be2");
});

test("what was changed after the preview is not taken in", async () => {
  const taken = takes("/quarantine/repair", () => OUTCOME);
  const user = userEvent.setup();
  show(page, { at: "/quality/repair?reason=type:price" });
  await user.click(await screen.findByLabelText(`Only ${ID}`));
  await user.click(screen.getByText("Preview"));
  expect(await screen.findByText("Re-admit 1 record…")).toBeEnabled();
  expect(taken[0]?.body["filter"]).toEqual({ ids: [ID] });
  await user.click(screen.getByLabelText(`Only ${ID}`));
  expect(screen.getByText("Re-admit 1 record…")).toBeDisabled();
  expect(screen.getByText(/preview it first/)).toBeVisible();
});

test("an expression that fails is told in the API's words, and another one is tried", async () => {
  refuses("/quarantine/repair", { status: 400, title: "Bad Request", detail: "The patch fails on a record." }, "post");
  const user = userEvent.setup();
  show(page, { at: "/quality/repair?reason=type:price" });
  await user.click(await screen.findByText("Preview"));
  expect(await screen.findByText("The patch fails on a record.")).toBeVisible();
  takes("/quarantine/repair", () => OUTCOME);
  await user.click(screen.getByText("Preview"));
  expect(await screen.findByText("Re-admit 1 record…")).toBeVisible();
  expect(screen.queryByText("The patch fails on a record.")).toBeNull();
});

test("of the past, repairs are listed and none is made", async () => {
  answers("/quarantine/repairs", { data: [REPAIR], next_cursor: null });
  show(page, { at: "/quality/repair?as_of=2026-11-24T10:31:05Z" });
  expect(
    await screen.findByRole("row", { name: /^2026-11-24 10:31:00 UTC merge 1b2c3d4e A till. 1 waits/ }),
  ).toBeVisible();
  expect(screen.getByText(/What is repaired is what is in quarantine now/)).toBeVisible();
  expect(screen.queryByText("Preview")).toBeNull();
});

test("what cannot be a patch is said before it is sent", () => {
  const fault = (part: Partial<typeof EMPTY>): unknown => patchOf({ ...EMPTY, ...part });
  expect(fault({ merge: "{" })).toHaveProperty("fault");
  expect(fault({ merge: "[1]" })).toEqual({ fault: "Write a JSON object." });
  expect(fault({ way: "members", members: [{ name: "price", expression: " " }] })).toHaveProperty("fault");
  expect(patchOf({ ...EMPTY, way: "none" })).toEqual({ patch: null });
});

test.each([
  "missing:currency",
  "missing:ts",
  "type:user_id",
  "length:ua",
  "range:quantity",
  "bad_currency",
  "too_late",
  "oversized",
  null,
])("every example for %s is a patch as it stands", (reason) => {
  for (const { patch } of examplesFor(reason)) expect(patchOf({ ...EMPTY, ...patch })).toHaveProperty("patch");
});
