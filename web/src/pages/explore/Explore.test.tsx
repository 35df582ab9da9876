import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { expect, test } from "vitest";

import type { Schemas } from "../../api/client";
import { message } from "../../testing/message";
import { events } from "../../testing/metrics";
import { show } from "../../testing/render";
import { answers, refuses, server } from "../../testing/server";
import { Explore } from "./Explore";

const gross: Schemas["MetricEntry"] = {
  ...events,
  name: "gross",
  title: "Gross revenue",
  unit: "money",
  format: "money",
  dimensions: ["country", "currency"],
};
const text = { description: "", type: "text", values: [] };
const dimensions: Schemas["DimensionEntry"][] = [
  { name: "country", title: "Country", ...text },
  { name: "currency", title: "Currency", ...text },
  { name: "is_late", title: "Late", ...text, type: "boolean" },
];

/** Answers every question with these rows, and remembers the questions. */
function figures(data: object[]): Schemas["MetricsQuery"][] {
  const asked: Schemas["MetricsQuery"][] = [];
  answers("/metrics-catalog", { metrics: [events, gross], dimensions });
  server.use(
    http.post("*/api/v1/metrics-catalog/query", async ({ request }) => {
      const question = (await request.json()) as Schemas["MetricsQuery"];
      asked.push(question);
      const range = { start: question.from, end: question.to, grain: question.grain, table: "silver.events" };
      const answer = { ...range, sql: "SELECT 1", columns: [], data, next_cursor: null };
      return HttpResponse.json(answer, { headers: { "X-Lake-Versions": "silver.events=87" } });
    }),
  );
  return asked;
}

test("a figure is told apart by what is chosen, with its statement, and the address is the question", async () => {
  const asked = figures([{ step_start: "2026-11-24T10:30:00Z", country: null, events: 1_204 }]);
  show(<Explore />, { message: message() });
  await userEvent.click(await screen.findByRole("combobox", { name: "Told apart by" }));
  await userEvent.click(screen.getByRole("option", { name: "Country" }));
  expect(await screen.findByRole("row", { name: "2026-11-24 10:30 not given 1,204" })).toBeVisible();
  expect(screen.getByTestId("address")).toHaveTextContent("/?by=country");
  expect(asked.at(-1)).toMatchObject({ metrics: ["events"], dimensions: ["country"], grain: "1m" });
  expect(screen.getByText(/1 row, of silver.events=87/)).toBeVisible();
  expect(screen.getByRole("link", { name: "Open in Query" })).toHaveAttribute("href", "/query?sql=SELECT+1");
});

test("money is told by its currency, too, and each currency has a chart of its own", async () => {
  const asked = figures([
    { currency: "EUR", gross: "310.4500" },
    { currency: "JPY", gross: "3000.0000" },
  ]);
  show(<Explore />, { message: message(), at: "/?metric=gross&steps=all" });
  expect(await screen.findByRole("region", { name: "Gross revenue, EUR" })).toHaveTextContent("€310.45");
  expect(screen.getByRole("region", { name: "Gross revenue, JPY" })).toHaveTextContent("¥3,000");
  expect(asked[0]).toMatchObject({ dimensions: ["currency"], order: [{ by: "gross", descending: true }] });
});

test("a filter is added and taken away, and is part of the address", async () => {
  const asked = figures([{ events: 7 }]);
  show(<Explore />, { message: message(), at: "/?steps=all" });
  await userEvent.click(await screen.findByRole("combobox", { name: "Only where" }));
  await userEvent.click(screen.getByRole("option", { name: "Late" }));
  await userEvent.type(screen.getByRole("combobox", { name: "Value" }), "true{Enter}");
  await userEvent.click(screen.getByRole("button", { name: "Add" }));
  const chip = await screen.findByRole("button", { name: "Only where is_late is true" });
  expect(screen.getByTestId("address")).toHaveTextContent("where=is_late:eq:true");
  expect(asked.at(-1)?.filters).toEqual([{ dimension: "is_late", operator: "eq", values: [true] }]);
  chip.focus();
  await userEvent.keyboard("{Delete}");
  expect(screen.getByTestId("address")).toHaveTextContent(/^\/\?steps=all$/);
});

test("what is refused says why, and nothing known is no event rather than none of it", async () => {
  figures([]);
  show(<Explore />, { message: message() });
  const table = await screen.findByRole("region", { name: "Figures" });
  expect(within(table).getByText("No event of this range is so.")).toBeVisible();
  refuses("/metrics-catalog/query", { status: 400, title: "Bad Request", detail: "Ask for a longer grain." }, "post");
  await userEvent.click(screen.getByRole("combobox", { name: "In steps of" }));
  await userEvent.click(screen.getByRole("option", { name: "15 minutes" }));
  expect(await screen.findByText(/Ask for a longer grain/)).toBeVisible();
});
