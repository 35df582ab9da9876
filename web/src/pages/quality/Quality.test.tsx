import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { Route, Routes } from "react-router";
import { beforeEach, expect, test } from "vitest";

import { message } from "../../testing/message";
import { show } from "../../testing/render";
import { answers, refuses } from "../../testing/server";
import { barsOf } from "./overTime";
import { Quality } from "./Quality";
import { rangeOf } from "./reads";

const page = (
  <Routes>
    <Route path="/quality/*" element={<Quality />} />
  </Routes>
);

const RANGE = { start: "2026-11-24T09:31:00Z", end: "2026-11-24T10:31:00Z" };
const REASON = {
  records: 12,
  repaired: 4,
  share: "0.2400",
  first_received_at: RANGE.start,
  last_received_at: "2026-11-24T10:30:12Z",
};
const STEP = { step_start: "2026-11-24T10:30:00Z", step_end: RANGE.end, reasons: { "range:price": 3 } };
const SUMMARY = {
  ...RANGE,
  records: 50,
  repaired: 4,
  step_s: 60,
  by_reason: [{ reason: "range:price", ...REASON }],
  over_time: [STEP],
};
const ID = "http-0-1207-events";
const PLACE = { id: ID, source: "http", topic: "events", partition: 0, position: 1_207 };
const RECORD = {
  ...PLACE,
  received_at: "2026-11-24T10:30:12.300000Z",
  reasons: ["range:price"],
  contract_version: 1,
  repaired_by: null,
  raw_bytes: 212,
  raw: '{"price": -1, "product_id": "<b>tea</b>"}',
};
const BALANCE = {
  source: "http",
  topic: "events",
  partition: 0,
  received: 60,
  accepted: 50,
  duplicates: 4,
  quarantined: 5,
};

beforeEach(() => {
  answers("/quarantine/summary", SUMMARY);
  answers("/ledger/balance", { received: 60, difference: 1, data: [{ ...BALANCE, late: 2, difference: 1 }] });
});

const address = (): string => screen.getByTestId("address").textContent;

test("a reason is chosen, and only records with it are asked for", async () => {
  const asked = answers("/quarantine", { data: [RECORD], next_cursor: null });
  show(page, { at: "/quality", message: message() });
  const row = await screen.findByRole("row", { name: /^range:price 12 4 24\.0% 2026-11-24 09:31:00 UTC/ });
  await userEvent.click(within(row).getByRole("button", { name: "range:price" }));
  expect(address()).toBe("/quality?reason=range:price");
  await screen.findByText("Only with range:price");
  expect(asked.at(-1)?.searchParams.get("reason")).toBe("range:price");
});

test("a record is shown whole, as text, with the rules it breaks", async () => {
  answers("/quarantine", { data: [RECORD], next_cursor: null });
  const rule = { reason: "range:price", field: "price", rule: "decimal(18,4), required, at least 0." };
  const asked = answers(`/quarantine/${ID}`, { ...RECORD, is_text: true, rules: [rule] });
  show(page, { at: `/quality?record=${ID}` });
  const detail = await screen.findByRole("group", { name: `Record ${ID}` });
  expect(await within(detail).findByRole("row", { name: `range:price price ${rule.rule}` })).toBeVisible();
  expect(within(detail).getByRole("group", { name: "What was received" })).toHaveTextContent(RECORD.raw);
  expect(detail).toHaveTextContent("at http events/0/1207: 212 B, judged by version 1 of the contract.");
  expect(asked[0]?.pathname).toBe(`/api/v1/quarantine/${ID}`);
});

test("what is not accounted for stands out, by the source it came from", async () => {
  answers("/quarantine", { data: [], next_cursor: null });
  const ledger = { received: 60, accepted: 50, duplicates: 4, quarantined: 5, late: 2, difference: 1 };
  show(page, { at: "/quality", message: message({ ledger }) });
  expect(screen.getByText(/1 of 60 records are not accounted for/)).toBeVisible();
  expect(await screen.findByRole("row", { name: "http events/0 60 50 4 5 2 1" })).toBeVisible();
});

test("where nothing was rejected, that is said", async () => {
  answers("/quarantine/summary", { ...SUMMARY, records: 0, by_reason: [], over_time: [] });
  answers("/quarantine", { data: [], next_cursor: null });
  show(page, { at: "/quality" });
  expect(await screen.findByText(/UTC: 0 records in quarantine\.$/)).toBeVisible();
  expect(await screen.findByText("No record of this range is in quarantine.")).toBeVisible();
});

test("a panel that was refused says why, beside those that were not", async () => {
  answers("/quarantine", { data: [RECORD], next_cursor: null });
  refuses("/quarantine/summary", { status: 503, detail: "Ask again in 2 s." });
  show(page, { at: "/quality" });
  const panel = screen.getByRole("region", { name: "Why records were rejected" });
  expect(await within(panel).findByText("Ask again in 2 s.")).toBeVisible();
  expect(await screen.findByRole("button", { name: "2026-11-24 10:30:12 UTC" })).toBeVisible();
});

test("steps without a record are there too, and rare reasons are put together", () => {
  const by_reason = ["a", "b", "c"].map((reason) => ({ reason, ...REASON }));
  const over_time = [{ ...STEP, reasons: { a: 5, b: 2, c: 1 } }];
  const { reasons, steps } = barsOf({ ...SUMMARY, by_reason, over_time }, 2);
  expect(reasons).toEqual(["a", "others"]);
  expect(steps).toHaveLength(60);
  expect(steps[0]).toEqual({ start: "2026-11-24T09:31:00.000Z", a: 0, others: 0 });
  expect(steps.at(-1)).toEqual({ start: "2026-11-24T10:30:00.000Z", a: 5, others: 3 });
});

test("the range ends with the minute that is looked at; versions name no minute", () => {
  const then = rangeOf("1h", "2026-11-24T10:30:12Z", 0);
  expect(then).toEqual({ from: "2026-11-24T09:31:00.000Z", to: "2026-11-24T10:31:00.000Z" });
  expect(rangeOf("1h", "silver.events=87", 0)).toEqual({});
});
