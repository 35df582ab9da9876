import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { expect, test } from "vitest";

import { liveWindow, message } from "../../testing/message";
import { everything, range } from "../../testing/overview";
import { show } from "../../testing/render";
import { answers, refuses, server } from "../../testing/server";
import { Overview } from "./Overview";

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
  expect(await screen.findByRole("row", { name: "then bought 5 25.0% 6.3%" })).toBeVisible();
  expect(screen.getByText(/All 1,205 records accounted for/)).toBeVisible();
});

test("what is unlike the days before is told beside its chart, with the way to its minute", async () => {
  everything();
  const figures = { value: 12, judged: 14.5, expected: 87, low: 41, high: 133, score: 2.3 };
  const reason = "events was 14.5, expected 41 to 133 at this hour";
  const data = [
    { id: "1", metric: "events", currency: null, window_start: "2026-11-24T10:29:00Z", ...figures, reason },
  ];
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

test("another detector judges each series by itself, and is in the address", async () => {
  everything();
  const asked = answers("/anomalies", { ...range, learned_from: range.start, series: 1, data: [] });
  show(<Overview />, { message: message() });
  await userEvent.click(await screen.findByRole("combobox", { name: "Unusual is told by" }));
  expect(screen.getAllByRole("option").map(({ textContent }) => textContent)).toEqual([
    "seasonal baseline",
    "windowed gaussian",
  ]);
  await userEvent.click(screen.getByRole("option", { name: "windowed gaussian" }));
  expect(screen.getByTestId("address")).toHaveTextContent("/?detector=windowed_gaussian");
  await waitFor(() => {
    const judged = asked.filter(({ searchParams }) => searchParams.get("detector") === "windowed_gaussian");
    expect(judged.map(({ searchParams }) => searchParams.get("metric"))).toEqual(["net", "conversion_rate", "events"]);
  });
});

test("a segment that is unlike the days before is told below the segments", async () => {
  everything();
  const odd = { id: "1", metric: "events", dimension: "country", segment: "DE", window_start: "2026-11-24T10:29:00Z" };
  const reason = "events in DE was 1, expected 41 to 133 at this hour";
  server.use(
    http.get("*/api/v1/anomalies", ({ request }) => {
      const isBySegment = new URL(request.url).searchParams.get("dimension") === "country";
      return HttpResponse.json({ ...range, data: isBySegment ? [{ ...odd, reason }] : [] });
    }),
  );
  show(<Overview />, { message: message() });
  const told = await screen.findByRole("group", { name: "Segments unlike the days before" });
  expect(told).toHaveTextContent(`2026-11-24 10:29 UTC: ${reason}`);
});

test("how a figure goes on is drawn where it is asked for, and says how good that is", async () => {
  everything();
  const ahead = { step_start: "2026-11-24T10:31:00Z", step_end: "2026-11-24T10:32:00Z", expected: 9, low: 4, high: 12 };
  const learned = { learned_from: range.start, learned_to: range.end, model: null, step: "1m", level: 0.8 };
  const note = "smoothing was off by 19% less.";
  const asked = answers("/forecasts/:metric", { metric: "net", currency: "EUR", ...learned, note, data: [ahead] });
  show(<Overview />, { message: message() });
  await userEvent.click(await screen.findByLabelText("Forecast"));
  await waitFor(() => expect(screen.getAllByText(`Forecast: ${note}`)).toHaveLength(3));
  expect(screen.getByTestId("address")).toHaveTextContent("/?ahead=yes");
  expect(asked.map(({ search }) => search)).toContain("?step=1m&horizon=15&currency=EUR");
});

function ofADay() {
  const asked = everything();
  const rows = (start: string, cursor: string | null) => ({
    ...{ ...range, grain: "1m", table: "gold.revenue_1m", sql: "", columns: [], next_cursor: cursor },
    data: [{ step_start: start, currency: "EUR", net: "7.0000" }],
  });
  const bodies: unknown[] = [];
  server.use(
    http.post("*/api/v1/metrics-catalog/query", async ({ request }) => {
      bodies.push(await request.json());
      const isFirst = !new URL(request.url).searchParams.has("cursor");
      return HttpResponse.json(
        rows(isFirst ? "2026-11-24T09:31:00Z" : "2026-11-24T10:28:00Z", isFirst ? "more" : null),
      );
    }),
  );
  return { asked, bodies };
}

test("of a day single minutes are chosen: they are asked for with all pages of money, and what was expected of them", async () => {
  const { bodies } = ofADay();
  const series = answers("/kpis/series", {
    ...{ step: "1m", ...range },
    data: [{ ...liveWindow(range.start), step_start: range.start, step_end: "2026-11-24T09:32:00Z" }],
  });
  const expected = answers("/anomalies/expected", { ...range, metric: "events", learned_from: range.start, data: [] });
  show(<Overview />, { message: message(), at: "/?range=1d" });
  await userEvent.click(await screen.findByRole("combobox", { name: "Steps" }));
  expect(screen.getAllByRole("option").map(({ textContent }) => textContent)).toEqual([
    "as fits (15 min)",
    "1 min",
    "15 min",
    "1 h",
  ]);
  await userEvent.click(screen.getByRole("option", { name: "1 min" }));
  expect(screen.getByTestId("address")).toHaveTextContent("/?range=1d&step=1m");
  expect(await screen.findByText(/Click a minute to see what it is made of/)).toBeVisible();
  expect(series.map(({ searchParams }) => searchParams.get("step"))).toContain("1m");
  await waitFor(() => expect(bodies.slice(-2)).toMatchObject([{ grain: "1m" }, { grain: "1m" }]));
  await waitFor(() =>
    expect(expected.map(({ searchParams }) => searchParams.get("to"))).toContain("2026-11-24T10:30:00.000Z"),
  );
  expect(screen.getByRole("region", { name: "Corrected by late events" })).toHaveTextContent(
    "10:29 UTC: 2 late events",
  );
});

test("steps that are too fine for the range say so, and those that fit are drawn", async () => {
  ofADay();
  show(<Overview />, { message: message(), at: "/?range=7d&step=1m" });
  expect(
    await screen.findByText(/UTC, in steps of 1 h \(1 min is too fine: 10,080 steps, and at most 1,440 are drawn\)/),
  ).toBeVisible();
  await userEvent.click(screen.getByRole("combobox", { name: "Steps" }));
  expect(screen.getByRole("option", { name: /^1 min, too fine/ })).toHaveAttribute("aria-disabled", "true");
  await userEvent.click(screen.getByRole("option", { name: "as fits (1 h)" }));
  expect(screen.getByTestId("address")).toHaveTextContent(/\?range=7d$/);
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

test("where nobody viewed anything, the empty chart says so", async () => {
  everything();
  const nobody = liveWindow("2026-11-24T10:29:00Z", { conversion_rate: null });
  show(<Overview />, { message: message({ windows: [nobody] }) });
  const panel = await screen.findByRole("region", { name: "Conversion over time" });
  expect(panel).toHaveTextContent("Nobody viewed anything in this range, so there is no share of those who bought.");
});
