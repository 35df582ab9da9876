import { screen } from "@testing-library/react";
import { expect, test } from "vitest";

import { show } from "../../../testing/render";
import { answers, refuses } from "../../../testing/server";
import { Retention } from "./Retention";

const FOR_EVER = { days: null, is_own: false, kept_since: null, expired: 0, expired_at: null };
const BRONZE = { ...FOR_EVER, name: "bronze", tables: ["bronze.events"] };
const GOLD = { ...FOR_EVER, name: "gold", tables: ["gold.kpis_1m", "gold.revenue_1m"], expired: null };

test("terms, since when each holds and what went are told", async () => {
  const went = { days: 7, is_own: true, kept_since: "2026-11-17T00:00:00Z", expired: 1_204_332 };
  const bronze = { ...BRONZE, ...went, expired_at: "2026-11-24T00:00:08Z" };
  const quarantine = { ...BRONZE, name: "quarantine", tables: ["silver.quarantine"], days: 1 };
  answers("/maintenance/retention", {
    is_on: true,
    data: [bronze, quarantine, GOLD, { ...GOLD, name: "aged", days: 900 }],
  });
  show(<Retention />);
  const row =
    "bronze 7 days, its own term 2026-11-17 00:00:00 UTC 1,204,332 records 2026-11-24 00:00:08 UTC bronze.events";
  expect(await screen.findByRole("row", { name: row })).toBeVisible();
  expect(screen.getByRole("row", { name: "quarantine 1 day – nothing – silver.quarantine" })).toBeVisible();
  expect(screen.getByRole("row", { name: "gold ever – nothing – gold.kpis_1m, gold.revenue_1m" })).toBeVisible();
  expect(screen.getByRole("row", { name: /^aged 900 days – not counted – / })).toBeVisible();
  expect(screen.getByText(/The engine lets go once a day/)).toBeVisible();
});

test("where the engine does no upkeep, the job that does it is named", async () => {
  answers("/maintenance/retention", { is_on: false, data: [{ ...BRONZE, days: 30 }] });
  show(<Retention />);
  expect(await screen.findByText(/lets go of nothing by itself/)).toBeVisible();
});

test("where nothing ever goes, how to have it go is said in place of a table", async () => {
  answers("/maintenance/retention", { is_on: true, data: [BRONZE, GOLD] });
  show(<Retention />);
  expect(await screen.findByText(/Everything is kept for ever/)).toBeVisible();
  expect(screen.getByText('{"bronze": 30}')).toBeVisible();
  expect(screen.queryByRole("table")).toBeNull();
});

test("what cannot be told says why", async () => {
  refuses("/maintenance/retention", { status: 503, detail: "The lake is not there yet." });
  show(<Retention />);
  expect(await screen.findByText("The lake is not there yet.")).toBeVisible();
});
