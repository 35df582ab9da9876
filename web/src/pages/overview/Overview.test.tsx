import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";

import { liveWindow, message } from "../../testing/message";
import { show } from "../../testing/render";
import { answers, refuses } from "../../testing/server";
import { changeOf } from "./Card";
import { Overview } from "./Overview";

const range = { start: "2026-11-24T09:31:00Z", end: "2026-11-24T10:31:00Z" };
const row = { currency: "EUR", orders: 7, units: 9, gross: "310.4500", refunded: "20.0000", net: "290.4500" };

function everything() {
  const step = { ...liveWindow(range.start), step_start: range.start, step_end: range.end, active_users: 4_321 };
  answers("/kpis/series", { step: "all", ...range, data: [step] });
  answers("/kpis/revenue", { ...range, data: [{ ...row, average_order_value: "44.3500" }] });
  const tea = { product_id: "<b>tea</b>", currency: "EUR", page_views: 50, add_to_carts: 9, purchases: 7 };
  answers("/kpis/products/top", { ...range, data: [{ ...tea, units: 9, gross: "310.4500" }] });
  answers("/anomalies", { ...range, learned_from: range.start, series: 9, data: [] });
  answers("/anomalies/expected", { ...range, metric: "events", currency: null, learned_from: range.start, data: [] });
  const de = { value: "DE", events: 80, page_views: 60, purchases: 5, active_users: 33, purchasing_users: 4 };
  return answers("/kpis/segments/:dimension", { dimension: "country", ...range, data: [de] });
}

test("the hour is told whole: figures, products as they are called, segments, and every record accounted for", async () => {
  everything();
  show(<Overview />, { message: message() });
  const users = await screen.findByRole("group", { name: "Active users" });
  expect(users).toHaveTextContent("4,321");
  expect(users).toHaveTextContent("= 0.0% against the range before");
  expect(users).toHaveTextContent("61 this minute");
  expect(screen.getByRole("group", { name: "Net revenue, EUR" })).toHaveTextContent("290.45");
  expect(await screen.findByRole("row", { name: /^<b>tea<\/b> 9/ })).toBeVisible();
  expect(await screen.findByRole("row", { name: "DE 80 33 4 5" })).toBeVisible();
  expect(screen.getByText(/All 1,205 records accounted for/)).toBeVisible();
});

test("what is unlike the days before is told beside its chart, with the way to its minute", async () => {
  everything();
  const figures = { value: 12, judged: 14.5, expected: 87, low: 41, high: 133, score: 2.3 };
  const reason = "events was 14.5, expected 41 to 133 at this hour";
  const data = [{ metric: "events", currency: null, window_start: "2026-11-24T10:29:00Z", ...figures, reason }];
  answers("/anomalies", { ...range, learned_from: range.start, series: 9, data });
  refuses("/anomalies/expected", { status: 503, detail: "Ask again in 2 s." });
  show(<Overview />, { message: message() });
  const told = await screen.findByRole("group", { name: "Unlike the days before: Events over time" });
  expect(told).toHaveTextContent(`2026-11-24 10:29 UTC: ${reason}`);
  expect(within(told).getByRole("link")).toHaveAttribute(
    "href",
    `/explain/${encodeURIComponent("2026-11-24T10:29:00Z")}?metric=events`,
  );
  expect(await screen.findByText("What was to be expected is not known. Ask again in 2 s.")).toBeVisible();
});

test("how a figure goes on is drawn where it is asked for, and says how good that is", async () => {
  everything();
  const ahead = { step_start: "2026-11-24T10:31:00Z", step_end: "2026-11-24T10:32:00Z", expected: 9, low: 4, high: 12 };
  const learned = { learned_from: range.start, learned_to: range.end, model: null, step: "1m", level: 0.8 };
  const note = "smoothing was off by 19% less.";
  const asked = answers("/forecasts/:metric", { metric: "net", currency: "EUR", ...learned, note, data: [ahead] });
  show(<Overview />, { message: message() });
  await userEvent.click(await screen.findByLabelText("Forecast"));
  expect(await screen.findAllByText(`Forecast: ${note}`)).toHaveLength(3);
  expect(screen.getByTestId("address")).toHaveTextContent("/?ahead=yes");
  expect(asked.map(({ search }) => search)).toContain("?step=1m&horizon=15&currency=EUR");
});

test("the dimension is in the address, and asked for", async () => {
  const asked = everything();
  show(<Overview />, { message: message() });
  await userEvent.click(await screen.findByRole("button", { name: "device" }));
  expect(screen.getByTestId("address")).toHaveTextContent("/?by=device");
  await screen.findByRole("row", { name: "DE 80 33 4 5" });
  expect(asked.at(-1)?.pathname).toBe("/api/v1/kpis/segments/device");
});

test("as of then, everything is asked as of then and nothing comes from the feed", async () => {
  const asked = everything();
  const then = "2026-11-24T10:30:00Z";
  answers("/kpis/latest", { window: { ...liveWindow("2026-11-24T10:10:00Z"), sessions: 1 }, revenue: [] });
  answers("/ledger/balance", { received: 7, difference: 0, data: [] });
  const columns = { grain: "1m", table: "gold.revenue_1m", columns: [], next_cursor: null };
  answers("/metrics-catalog/query", { ...range, ...columns, data: [] }, "post");
  show(<Overview />, { message: message(), at: `/?as_of=${then}` });
  expect(await screen.findByText(/All 7 records accounted for/)).toBeVisible();
  expect(await screen.findByRole("group", { name: "Events" })).not.toHaveTextContent("this minute");
  expect(asked[0]?.searchParams.get("as_of")).toBe(then);
  expect(asked[0]?.searchParams.get("to")).toBe("2026-11-24T10:11:00.000Z");
});

test("a panel that was refused says why, beside those that were not", async () => {
  everything();
  refuses("/kpis/products/top", { status: 429, title: "Too Many Requests", detail: "Ask again in 20 s." });
  show(<Overview />, { message: message() });
  const panel = await screen.findByRole("region", { name: "Top products, by units" });
  expect(await within(panel).findByText("Ask again in 20 s.")).toBeVisible();
  expect(await screen.findByRole("group", { name: "Events" })).toBeVisible();
});

test("an empty lake says how to fill it", () => {
  const ledger = { received: 0, accepted: 0, duplicates: 0, quarantined: 0, late: 0, difference: 0 };
  show(<Overview />, { message: message({ windows: [], revenue: [], ledger }) });
  expect(screen.getByRole("heading", { name: "No event has come in yet" })).toBeVisible();
  expect(screen.getByRole("region", { name: "Command" })).toHaveTextContent(
    `curl ${window.location.origin}/api/v1/events`,
  );
});

test("where all that came in was rejected, the way to the reasons is shown", () => {
  const ledger = { received: 3, accepted: 0, duplicates: 0, quarantined: 3, late: 0, difference: 0 };
  show(<Overview />, { message: message({ windows: [], revenue: [], ledger }) });
  expect(screen.getByRole("link", { name: "See why the records were rejected." })).toHaveAttribute("href", "/quality");
});

test("a change has its sign, and none is made up where nothing was before", () => {
  expect(changeOf(12, 10)).toBe("▲ +20.0% against the range before");
  expect(changeOf(5, 10)).toBe("▼ -50.0% against the range before");
  expect(changeOf(5, 0)).toBe("– none before");
});
