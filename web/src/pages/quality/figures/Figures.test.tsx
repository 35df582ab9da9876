import { screen, within } from "@testing-library/react";
import { beforeEach, expect, test } from "vitest";

import type { Schemas } from "../../../api/client";
import { show } from "../../../testing/render";
import { answers, refuses } from "../../../testing/server";
import { Figures } from "./Figures";
import { partsOf, ranked, recordOf } from "./results";

const RANGE = { start: "2026-11-24T09:31:00Z", end: "2026-11-24T10:31:00Z" };
const PLACE = { source: "http", topic: "events", partition: 0, position: 1_207 };
const PRICE: Schemas["QualityResult"] = {
  ...{ name: "bronze.events.price", table: "bronze.events", kind: "contract", rule: "At least 0.", holds: true },
  ...{ examined: 2_800, failed: 7, share: "0.002500", tolerated_share: "0.01", sample: [PLACE] },
};
const NET = { ...PRICE, name: "gold.revenue_1m.net", kind: "row" as const, failed: 0, share: "0.000000", sample: [] };
const WHY = "50 of 2,800 records are in quarantine.";

beforeEach(() => {
  const parts = [
    { name: "validity", weight: 3, share: "0.982143", lost: "0.38", why: WHY },
    { name: "freshness", weight: 2, share: null, lost: "0.00", why: "There is nothing to judge by." },
  ];
  answers("/quality", { ...RANGE, judged_at: RANGE.end, score: "99.62", parts });
  answers("/quality/results", { ...RANGE, broken: 0, data: [NET, PRICE] });
  const point = { watermark_ms: 15_000, in_time: 2_660, share: "0.950000", in_force: true };
  const quantiles = [{ share: "0.99", watermark_ms: 61_000 }];
  answers("/quality/lateness", { ...RANGE, events: 2_800, late: 140, curve: [point], quantiles });
  const times = { written_at: RANGE.end, newest_at: RANGE.end, delay_ms: 750 };
  answers("/quality/freshness", {
    judged_at: RANGE.end,
    data: [{ table: "silver.events", version: 41, ...times, target_ms: 60_000, fresh: true }],
  });
});

test("the score is told with what each part costs, and lateness with what the watermark caught", async () => {
  show(<Figures />);
  expect(await screen.findByText("99.62")).toBeVisible();
  expect(screen.getByText(WHY).closest("tr")).toHaveTextContent("validity398.2%0.38 points");
  expect(screen.getByText("freshness").closest("tr")).toHaveTextContent("freshness2–0.00 points");
  expect(await screen.findByText(/The watermark waits 15 s; 95.0% arrived within it/)).toBeVisible();
  expect(screen.getByText("a watermark has to wait").closest("tr")).toHaveTextContent("61 s");
  expect((await screen.findByText("silver.events")).closest("tr")).toHaveTextContent(
    "fresh2026-11-24 10:31:00 UTC750 ms60 s",
  );
});

test("what failed leads to a record, and over time each part of the range is asked for", async () => {
  const asked = answers("/quality/results", { ...RANGE, broken: 0, data: [NET, PRICE] });
  show(<Figures />, { at: "/?over=time&as_of=2026-11-24T10:30:30Z" });
  const line = (await screen.findByText("bronze.events.price")).closest("tr") as HTMLElement;
  expect(line).toHaveTextContent("bronze.events.priceholds7 of 2,800");
  expect(screen.queryByText("gold.revenue_1m.net")).toBeNull();
  const found = await within(line).findAllByLabelText("2026-11-24 09:31 to 2026-11-24 10:31 UTC: 7 of 2,800 failed");
  expect(found).toHaveLength(6);
  expect(asked.at(-1)?.searchParams.get("to")).toBe("2026-11-24T10:31:00.000Z");
});

test("a figure that was refused says why, beside those that were not", async () => {
  refuses("/quality", { status: 503, detail: "Ask again in 2 s." });
  show(<Figures />);
  expect(await screen.findByText("Ask again in 2 s.")).toBeVisible();
  expect(await screen.findByText("http-0-1207-events")).toHaveAttribute("href", "/quality?record=http-0-1207-events");
});

test("what is broken comes first, and what did not fail is left out unless it is wanted", () => {
  const broken = { ...PRICE, name: "broken", holds: false, failed: 1 };
  expect(ranked([NET, PRICE, broken], false).map(({ name }) => name)).toEqual(["broken", PRICE.name]);
  expect(ranked([NET, PRICE, broken], true)).toHaveLength(3);
  expect(recordOf({ ...PLACE, topic: null })).toBeNull();
});

test("a span is cut into parts of whole minutes", () => {
  expect(partsOf(RANGE, 6)).toHaveLength(6);
  expect(partsOf({ ...RANGE, end: "2026-11-24T09:33:00Z" }, 6).map(({ to }) => to)).toEqual([
    "2026-11-24T09:32:00.000Z",
    "2026-11-24T09:33:00.000Z",
  ]);
});
