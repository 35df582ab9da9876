import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { Route, Routes } from "react-router";
import { expect, test } from "vitest";

import type { Schemas } from "../../api/client";
import { events as metric } from "../../testing/metrics";
import { liveWindow } from "../../testing/message";
import { show } from "../../testing/render";
import { answers, refuses, server } from "../../testing/server";
import { Explain } from "./Explain";

const page = (
  <Routes>
    <Route path="/explain/:start" element={<Explain />} />
  </Routes>
);
const START = "2026-11-24T10:29:00Z";
const TITLE = "What is unlike the days before, and what moved";

function explained() {
  const event = { source: "http", topic: "events", partition: 0, position: 41, raw: '{"event_id":"e1"}' };
  const formula = { measure: "purchases", value: 8, formula: "count_if(purchase)", meaning: "Accepted purchases." };
  answers("/windows/:start/explain", { formulas: [formula], events: [event], versions: { "silver.events": 14 } });
  answers("/windows/:start/revisions", { data: [], next_cursor: null });
  const earned = { gross: "310.4500", refunded: "20.0000", net: "290.4500", average_order_value: null };
  answers("/windows/:start", { revenue: [{ currency: "EUR", orders: 7, units: 9, ...earned }] });
  answers("/metrics-catalog", {
    metrics: [{ ...metric, name: "net", title: "Net revenue", formula: "gross - refunded" }],
  });
  const sentences = [{ about: "what", text: "Events, per minute: 4,210, 3 % more than in the hour before." }];
  answers("/assistant/explain", { sentences, versions: { "silver.events": 14 } }, "post");
  const figures = { page_views: 1_410, add_to_carts: 9, purchases: 52, refunds: 1, active_users: 800, sessions: 900 };
  const hour = { start: "2026-11-24T09:30:00Z", end: "2026-11-24T10:30:00Z", figures };
  const before = { start: "2026-11-20T15:00:00Z", end: "2026-11-20T16:00:00Z", figures, difference: 0.1234 };
  return answers("/search/moments", { ...hour, looked_back_to: "2026-10-25T10:30:00Z", metrics: [], data: [before] });
}

function anomaly(metric: string, reason: string) {
  const figures = { value: 12, judged: 14.5, expected: 87, low: 41, high: 133, score: 2.3, severity: "warning" };
  return { metric, currency: null, window_start: START, ...figures, reason };
}

test("what moved where a figure is odd is told, of the figure that the address names", async () => {
  explained();
  answers("/anomalies", { data: [anomaly("events", "events was 14.5"), anomaly("purchases", "purchases was 1")] });
  const part = { dimension: "country", value: "DE", now: 12, usual: 130.5, change: -118.5 };
  const asked = answers("/anomalies/causes", { days: 4, now: 14, usual: 87.25, data: [part] });
  show(page, { at: `/explain/${START}?metric=purchases` });
  const panel = await screen.findByRole("region", { name: TITLE });
  expect(await within(panel).findByRole("row", { name: "country DE 12 130.5 ▼ -118.5" })).toBeVisible();
  expect(within(panel).getByText("purchases was 1")).toBeVisible();
  await userEvent.click(within(panel).getByText("events"));
  expect(await within(panel).findByText("events was 14.5")).toBeVisible();
  expect(asked.map(({ searchParams }) => searchParams.get("metric"))).toEqual(["purchases", "events"]);
  expect(screen.getByText('{"event_id":"e1"}')).toBeVisible();
});

test("a minute like any other says so, and anomalies that are not known say why beside the rest", async () => {
  explained();
  answers("/anomalies", { data: [] });
  show(page, { at: `/explain/${START}` });
  expect(await screen.findByText("No figure of this minute is unlike the days before.")).toBeVisible();
  refuses("/anomalies", { status: 503, detail: "Ask again in 2 s." });
  show(page, { at: `/explain/${START}?as_of=2026-11-24T10:40:00Z` });
  expect(await screen.findByText("Ask again in 2 s.")).toBeVisible();
  expect(screen.getAllByText("count_if(purchase)")).toHaveLength(2);
});

test("hours that went alike are told beside the one up to this minute", async () => {
  const asked = explained();
  answers("/anomalies", { data: [] });
  show(page, { at: `/explain/${START}` });
  const panel = await screen.findByRole("region", { name: "When it went like this before" });
  expect(
    await within(panel).findByRole("row", { name: /^2026-11-20 15:00 to 16:00 0.12 1,410 9 52 800$/ }),
  ).toBeVisible();
  expect(within(panel).getByRole("row", { name: /^2026-11-24 09:30 to 10:30 this one 1,410/ })).toBeVisible();
  expect(asked[0]?.searchParams.get("at")).toBe("2026-11-24T10:30:00.000Z");
});

test("the hour up to the minute is told in words, of the figure that the address names", async () => {
  explained();
  answers("/anomalies", { data: [] });
  const asked: Schemas["ExplainBody"][] = [];
  server.use(
    http.post("*/api/v1/assistant/explain", async ({ request }) => {
      asked.push((await request.json()) as Schemas["ExplainBody"]);
      const sentences = [
        { about: "what", text: "Orders, per minute: 52." },
        { about: "parts", text: "DE moved most: 12 fewer." },
      ];
      return HttpResponse.json({ sentences, versions: { "silver.events": 14 } });
    }),
  );
  show(page, { at: `/explain/${START}?metric=orders` });
  const panel = within(await screen.findByRole("region", { name: "The hour up to it, in words" }));
  expect(await panel.findByText("DE moved most: 12 fewer.")).toBeVisible();
  expect(panel.getByRole("link", { name: "silver.events v14" })).toHaveAttribute(
    "href",
    "/history?table=silver.events&version=14",
  );
  const range = { from: "2026-11-24T09:30:00.000Z", to: "2026-11-24T10:30:00.000Z" };
  expect(asked.map(({ query }) => query)).toEqual([expect.objectContaining({ metrics: ["orders"], ...range })]);
});

test("what the minute earned is told with how it is computed", async () => {
  explained();
  answers("/anomalies", { data: [] });
  show(page, { at: `/explain/${START}` });
  const panel = await screen.findByRole("region", { name: "Money, by currency" });
  expect(await within(panel).findByRole("row", { name: "EUR 7 €310.45 €20.00 €290.45 –" })).toBeVisible();
  expect(await within(panel).findByText("gross - refunded")).toBeVisible();
});

test("what came in while the minute was open is one change, and each correction another, page by page", async () => {
  explained();
  answers("/anomalies", { data: [] });
  const pages = [
    { data: [revision(1, "first_events"), revision(2, "more_events")], next_cursor: "more" },
    { data: [revision(3, "more_events"), revision(4, "late_events", true)], next_cursor: null },
  ];
  const asked: (string | null)[] = [];
  server.use(
    http.get("*/api/v1/windows/:start/revisions", ({ request }) => {
      asked.push(new URL(request.url).searchParams.get("cursor"));
      return HttpResponse.json(pages[asked.length - 1]);
    }),
  );
  show(page, { at: `/explain/${START}` });
  const panel = await screen.findByRole("region", { name: "Each value it had, and why it changed" });
  const open = "2026-11-24 10:29:03 UTC Events came in while it was open, in 3 batches +30 103 8 11.7% version 23";
  expect(await within(panel).findByRole("row", { name: open })).toBeVisible();
  const late = "2026-11-24 10:29:04 UTC 2 late events came in corrected +10 104 8 11.7% version 24";
  expect(within(panel).getByRole("row", { name: late })).toBeVisible();
  expect(asked).toEqual([null, "more"]);
});

function revision(batch: number, reason: string, was_final = false) {
  const values = { ...liveWindow(START), events: 100 + batch };
  const added = { added_events: 10, added_late_events: was_final ? 2 : 0 };
  return {
    batch,
    reason,
    was_final,
    ...added,
    values,
    silver_version: 20 + batch,
    committed_at: `2026-11-24T10:29:0${batch}Z`,
  };
}
