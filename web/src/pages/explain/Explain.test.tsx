import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { Route, Routes } from "react-router";
import { expect, test } from "vitest";

import { show } from "../../testing/render";
import { answers, refuses } from "../../testing/server";
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
  answers("/windows/:start/revisions", { data: [] });
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
  expect(await screen.findByText("Nothing of this minute is.")).toBeVisible();
  refuses("/anomalies", { status: 503, detail: "Ask again in 2 s." });
  show(page, { at: `/explain/${START}?as_of=2026-11-24T10:40:00Z` });
  expect(await screen.findByText("Ask again in 2 s.")).toBeVisible();
  expect(screen.getAllByText("count_if(purchase)")).toHaveLength(2);
});
