import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";

import { show } from "../testing/render";
import { answers } from "../testing/server";
import { AsOfBanner } from "./AsOfBanner";
import { AsOfControl } from "./AsOfControl";
import { CommandPalette } from "./CommandPalette";
import { Navigation } from "./Navigation";
import { shared } from "./view";

const address = (): string => screen.getByTestId("address").textContent;

test("the chosen time is in the address, is said on the page, and is left again", async () => {
  const user = userEvent.setup();
  show(
    <>
      <AsOfControl />
      <AsOfBanner />
    </>,
    { at: "/tables?range=6h&as_of=2026-11-24T10:30:00Z" },
  );
  expect(screen.getByRole("alert")).toHaveTextContent("What was known at 2026-11-24 10:30:00 UTC");
  await user.click(screen.getByRole("button", { name: "Back to now" }));
  expect(address()).toBe("/tables?range=6h");
  await user.click(screen.getByRole("button", { name: "As of now" }));
  await user.click(screen.getByRole("button", { name: "An hour ago" }));
  expect(address()).toMatch(/^\/tables\?range=6h&as_of=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
});

test("a version vector is a time too", () => {
  show(<AsOfBanner />, { at: "/?as_of=silver.events%3D87" });
  expect(screen.getByRole("alert")).toHaveTextContent("What was known at silver.events=87");
});

test("a range is chosen by name from the keyboard alone", async () => {
  const user = userEvent.setup();
  show(<CommandPalette open onClose={() => undefined} onAsk={() => undefined} />);
  await user.type(screen.getByRole("combobox"), "range: last 7{Enter}");
  expect(address()).toBe("/?range=7d");
});

test("steps that the range can be told in are chosen by name, too", async () => {
  const user = userEvent.setup();
  show(<CommandPalette open onClose={() => undefined} onAsk={() => undefined} />, { at: "/?range=30d" });
  await user.type(screen.getByRole("combobox"), "steps:");
  expect(screen.getAllByRole("option").map(({ textContent }) => textContent.slice(0, 10))).toEqual([
    "Steps: as ",
    "Steps: 1 h",
  ]);
  await user.click(screen.getByRole("option", { name: /^Steps: 1 h/ }));
  expect(address()).toBe("/?range=30d&step=1h");
});

test("a metric and a column are found by words that are not in their names, and opened", async () => {
  const text = { link: "", score: 1, description: "Money kept." };
  const metric = { ...text, kind: "metric", name: "net", title: "Net revenue" };
  const column = { ...text, kind: "column", name: "gold.revenue_1m.net", title: "net" };
  const asked = answers("/search", { q: "", data: [metric, column, { ...metric, kind: "endpoint", title: "GET /x" }] });
  const user = userEvent.setup();
  show(<CommandPalette open onClose={() => undefined} onAsk={() => undefined} />, { at: "/?range=7d&by=device" });
  await user.type(screen.getByRole("combobox"), "takings");
  expect(await screen.findByRole("option", { name: "Net revenue Metric. Money kept." })).toBeVisible();
  expect(screen.getAllByRole("option")).toHaveLength(2);
  await user.click(screen.getByRole("option", { name: /^gold.revenue_1m.net/ }));
  expect(address()).toBe("/pipeline/lineage?range=7d&column=gold.revenue_1m.net");
  expect(asked.map(({ searchParams }) => searchParams.get("q"))).toEqual(["takings"]);
});

test("the page one is on is marked, and each link keeps range and time but no filter of a page", () => {
  show(<Navigation onLeave={() => undefined} />, { at: "/?range=7d&as_of=2026-11-24T10:30:00Z&reason=range:price" });
  const here = within(screen.getByRole("navigation")).getByRole("link", { name: "Overview" });
  expect(here).toHaveAttribute("aria-current", "page");
  expect(shared("?range=7d&step=1h&reason=range:price")).toBe("?range=7d&step=1h");
});
