import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { delay, http, HttpResponse } from "msw";
import { expect, test } from "vitest";

import type { LiveRevenue } from "../../live/message";
import { liveWindow, message } from "../../testing/message";
import { everything, range, row } from "../../testing/overview";
import { show } from "../../testing/render";
import { answers, refuses, server } from "../../testing/server";
import { Overview } from "./Overview";

test("what is asked otherwise shows nothing of what was asked before", async () => {
  everything();
  show(<Overview />, { message: message() });
  expect(await screen.findByRole("row", { name: "DE 80 33 4 5" })).toBeVisible();
  server.use(http.get("*/api/v1/kpis/segments/:dimension", () => delay("infinite")));
  await userEvent.click(screen.getByRole("button", { name: "device" }));
  await waitFor(() => expect(screen.queryByRole("row", { name: "DE 80 33 4 5" })).toBeNull());
});

test("steps that are asked otherwise show nothing of those before, which would be taken for them", async () => {
  everything();
  const day = { ...range, grain: "15m", table: "gold.revenue_1m", sql: "", columns: [], next_cursor: null, data: [] };
  answers("/metrics-catalog/query", day, "post");
  const quarter = { ...liveWindow(range.start), step_start: range.start, step_end: range.end };
  answers("/kpis/series", { ...range, step: "15m", data: [quarter] });
  show(<Overview />, { message: message(), at: "/?range=1d" });
  expect(await screen.findByRole("region", { name: "Events over time" })).toBeVisible();
  server.use(http.get("*/api/v1/kpis/series", () => delay("infinite")));
  await userEvent.click(screen.getByRole("combobox", { name: "Steps" }));
  await userEvent.click(screen.getByRole("option", { name: "1 min" }));
  await waitFor(() => expect(screen.queryByRole("region", { name: "Events over time" })).toBeNull());
});

test("figures that cannot be renewed stay, and say since when", async () => {
  everything();
  const queries = show(<Overview />, { message: message() });
  expect(await screen.findByRole("group", { name: "Net revenue, EUR" })).toHaveTextContent("290.45");
  refuses("/kpis/revenue", { status: 503, detail: "Ask again in 2 s." });
  await queries.invalidateQueries({ queryKey: ["money"] });
  expect(await screen.findByText(/^Stale: as of .* not renewed since\. Ask again in 2 s\.$/)).toBeVisible();
  expect(screen.getByRole("group", { name: "Net revenue, EUR" })).toHaveTextContent("290.45");
});

test("charts of money wait for the order of the key figures, rather than change places", async () => {
  everything();
  const told = ["USD", "EUR"].map((currency) => ({ ...row, currency, average_order_value: null }));
  const minuteOf = (currency: string) => ({ ...message().revenue[0], currency, window_start: "2026-11-24T10:29:00Z" });
  let answer = (): void => undefined;
  const asked = new Promise<void>((resolve) => (answer = resolve));
  server.use(
    http.get("*/api/v1/kpis/revenue", async () => {
      await asked;
      return HttpResponse.json({ ...range, data: told });
    }),
  );
  show(<Overview />, { message: { ...message(), revenue: ["EUR", "USD"].map(minuteOf) as LiveRevenue[] } });
  expect(await screen.findByRole("row", { name: "DE 80 33 4 5" })).toBeVisible();
  expect(screen.queryByRole("region", { name: /over time/ })).toBeNull();
  answer();
  await screen.findByRole("region", { name: "Events over time" });
  const titles = screen.getAllByRole("heading", { name: /^Net revenue over time/ }).map((title) => title.textContent);
  expect(titles).toEqual(["Net revenue over time, USD", "Net revenue over time, EUR"]);
});
