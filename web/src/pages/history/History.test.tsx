import { act, fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { LiveStore } from "../../live/store";
import { message } from "../../testing/message";
import { show } from "../../testing/render";
import { answers, refuses, server } from "../../testing/server";
import { byBatch, shares } from "./batches";
import { History } from "./History";
import type { Entry } from "./reads";

const THEN = "2026-11-24T10:00:00Z";
const STEPS = [{ application: "rtl.gold", step: 41 }];

function entry(table: string, version: number, part: Partial<Entry> = {}): Entry {
  const what = {
    operation: "WRITE",
    mode: "Append",
    engine: "rtlakehouse",
    changes_rows: true,
    state: "readable",
  } as const;
  const rows = { rows_added: 3, rows_removed: 0, files_added: 1, files_removed: 0, bytes_added: 5_127 };
  return {
    table,
    version,
    committed_at: "2026-11-24T10:30:12.400000Z",
    ...what,
    ...rows,
    steps: STEPS,
    batch: 44,
    ...part,
  };
}

const LINE = [
  entry("ops.ledger", 44, { committed_at: "2026-11-24T10:30:12.500000Z", rows_added: 1 }),
  entry("gold.kpis_1m", 41, { mode: "Overwrite", rows_removed: 2 }),
  entry("gold.kpis_1m", 40, { operation: "OPTIMIZE", mode: null, changes_rows: false, batch: null }),
];

const PIN = {
  id: "5e1f0c9a77b2",
  versions: { "gold.kpis_1m": 41, "ops.ledger": 44 },
  as_of: "gold.kpis_1m=41,ops.ledger=44",
  note: "As reported for November.",
  created_at: "2026-11-24T10:31:00Z",
  expires_at: null,
};

beforeEach(() => {
  answers("/pins", { data: [] });
  answers("/tables", { data: ["gold.kpis_1m", "ops.ledger"].map((name) => ({ name })) });
  answers("/history/timeline", { since: "2026-11-24T09:00:00.400000Z", data: LINE, next_cursor: null });
  const change = { change: "changed", key: { batch: 44 }, before: { events: 120 }, after: { events: 121 } };
  const counts = { added: 0, removed: 0, changed: 1 };
  answers("/tables/:name/diff", { from_version: 43, to_version: 44, counts, data: [change], next_cursor: null });
  answers("/tables/:name/versions", { data: LINE.slice(1), next_cursor: null });
});

afterEach(() => vi.useRealTimers());

const address = (): string => screen.getByTestId("address").textContent;

test("what somebody else commits is there to travel to before the list is renewed", async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  const feed = new LiveStore({ message: message(), heardAt: Date.now(), receivedAt: Date.now() });
  show(<History />, { feed });
  await screen.findByRole("row", { name: /^2026-11-24 10:30:12 44 / });
  const next = entry("ops.ledger", 45, { batch: 45, committed_at: "2026-11-24T10:30:13.500000Z" });
  answers("/history/timeline", { since: "2026-11-24T09:00:00.400000Z", data: [next, ...LINE], next_cursor: null });
  feed.take("45", JSON.stringify(message({ versions: "gold.kpis_1m=42,ops.ledger=45" })));
  await act(() => vi.advanceTimersByTimeAsync(10_500));
  const row = await screen.findByRole("row", { name: /^2026-11-24 10:30:13 45 / });
  expect(within(row).getByRole("button", { name: "As of here" })).toBeVisible();
});

test("the slider spans what is kept, and takes the whole application to the time it is left at", async () => {
  show(<History />);
  const slider = await screen.findByRole("slider", { name: "Time" });
  expect(slider).toHaveAttribute("aria-valuetext", "Now");
  expect(slider).toHaveAttribute("min", String(Date.parse("2026-11-24T09:00:01Z") / 1_000));
  answers("/ledger/balance", { received: 1_000, difference: 0, data: [] });
  fireEvent.change(slider, { target: { value: Date.parse(THEN) / 1_000 } });
  expect(address()).toBe(`/?as_of=${THEN}`);
  fireEvent.change(slider, { target: { value: slider.getAttribute("max") } });
  expect(address()).toBe("/");
});

test("what has come in since is told beside what was known then", async () => {
  const asked = answers("/ledger/balance", { received: 1_000, difference: 0, data: [] });
  show(<History />, { at: `/?as_of=${THEN}`, message: message() });
  expect(await screen.findByRole("row", { name: "received 1,000 1,205 +205" })).toBeVisible();
  expect(asked[0]?.searchParams.get("as_of")).toBe(THEN);
});

test("the commits of a batch are one row, which leads to when it could be read and to each version", async () => {
  const user = userEvent.setup();
  answers("/tables/:name/versions/:version", { ...entry("ops.ledger", 44), added: [], removed: [] });
  answers("/tables/:name/rows", { data: [{ batch: 44, topic: "<b>events</b>" }], next_cursor: null });
  show(<History />);
  const row = await screen.findByRole("row", {
    name: /^2026-11-24 10:30:12 44 gold\.kpis_1m v41\s*\+3 −2\s*ops\.ledger v44\s*\+1/,
  });
  await user.click(within(row).getByRole("button", { name: "ops.ledger v44" }));
  expect(address()).toBe("/?table=ops.ledger&version=44");
  const detail = screen.getByRole("group", { name: "ops.ledger version 44" });
  expect(await within(detail).findByText("<b>events</b>")).toBeVisible();
  expect(detail).toHaveTextContent("batch 44, rtl.gold up to 41.");
  expect(await within(detail).findByRole("row", { name: "changed 44 events 120 → 121" })).toBeVisible();
  expect(detail).toHaveTextContent("Against version 43: 0 added, 0 removed, 1 changed.");
});

test("upkeep is named, and does not say that it changed rows", async () => {
  show(<History />);
  expect(await screen.findByRole("row", { name: /optimize gold\.kpis_1m v40/ })).toBeVisible();
  expect(await screen.findByRole("row", { name: /^40 .* optimize; rows as before/ })).toBeVisible();
});

test("a version that was vacuumed is said to be, and its rows are not asked for", async () => {
  const gone = entry("gold.kpis_1m", 3, { state: "vacuumed" });
  answers("/tables/:name/versions/:version", { ...gone, added: [], removed: [{ path: "a.parquet", rows: null }] });
  const asked = answers("/tables/:name/rows", {});
  show(<History />, { at: "/?table=gold.kpis_1m&version=3" });
  const detail = screen.getByRole("group", { name: "gold.kpis_1m version 3" });
  expect(await within(detail).findByText("vacuumed")).toBeVisible();
  expect(within(detail).getByRole("row", { name: "− a.parquet no longer there" })).toBeVisible();
  expect(asked).toEqual([]);
});

test("a time that is no longer kept is said in the panels that need it, with those that are", async () => {
  const detail = "The versions of 2026-11-24T08:00:00Z are no longer kept; those since 2026-11-24T09:00:00Z are.";
  refuses("/ledger/balance", { status: 410, title: "Gone", detail });
  show(<History />, { at: "/?as_of=2026-11-24T08:00:00Z" });
  const panel = await screen.findByRole("region", { name: "Records then and now" });
  expect(
    await within(panel).findByText(/^The versions of 2026-11-24 08:00:00 UTC .+ since 2026-11-24 09:00:00 UTC are\./),
  ).toBeVisible();
  expect(within(panel).getByRole("link", { name: "Time travel" })).toHaveAttribute(
    "href",
    expect.stringContaining("/history"),
  );
});

test("two commits of one table in a batch add up", () => {
  const groups = byBatch([entry("bronze.events", 8, { rows_removed: null }), entry("bronze.events", 7)]);
  expect(groups.map((group) => shares(group, []))).toEqual([
    [{ table: "bronze.events", version: 8, rowsAdded: 6, rowsRemoved: null }],
  ]);
});

test("a moment is kept with why and until when, and travelled to", async () => {
  const user = userEvent.setup();
  const bodies: unknown[] = [];
  server.use(
    http.post("*/api/v1/pins", async ({ request }) => {
      bodies.push(await request.json());
      answers("/pins", { data: [PIN] });
      return HttpResponse.json(PIN, { status: 201 });
    }),
  );
  answers("/ledger/balance", { received: 1_000, difference: 0, data: [] });
  const read = answers("/history/timeline", { since: "2026-11-24T09:00:00.400000Z", data: LINE, next_cursor: null });
  const timeline = (): number => read.filter(({ searchParams }) => searchParams.get("limit") === "200").length;
  show(<History />, { at: `/?as_of=${THEN}` });
  expect(await screen.findByText("No moment is pinned.")).toBeVisible();
  await waitFor(() => expect(timeline()).toBe(1));
  await user.click(screen.getByText("Keep 2026-11-24 10:00:00 UTC…"));
  fireEvent.change(screen.getByLabelText("Why"), { target: { value: PIN.note } });
  fireEvent.change(screen.getByLabelText("Until (UTC)"), { target: { value: "2027-11-24" } });
  await user.click(screen.getByText("Keep it"));
  const line = (await screen.findByText(PIN.note)).closest("tr");
  expect(line).toHaveTextContent("2026-11-24 10:31:00 UTCAs reported for November.of 2 tablesremoved");
  await waitFor(() => expect(timeline()).toBe(2));
  expect(bodies).toEqual([{ versions: THEN, note: PIN.note, expires_at: "2027-11-24T00:00:00.000Z" }]);
  await user.click(screen.getByText("2026-11-24 10:31:00 UTC"));
  expect(address()).toBe(`/?as_of=${PIN.as_of}`);
});

test("a pin is removed after a question", async () => {
  const user = userEvent.setup();
  answers("/pins", { data: [PIN] });
  const removed = answers("/pins/:id", PIN, "delete");
  show(<History />);
  await user.click(await screen.findByText("Remove…"));
  answers("/pins", { data: [] });
  await user.click(screen.getByText("Remove the pin"));
  expect(await screen.findByText("No moment is pinned.")).toBeVisible();
  expect(removed.map(({ pathname }) => pathname)).toEqual([`/api/v1/pins/${PIN.id}`]);
});

test("a version is restored just as it was shown", async () => {
  const told = entry("gold.kpis_1m", 40, { changes_rows: false });
  answers("/tables/:name/versions/:version", { ...told, added: [], removed: [] });
  answers("/tables/:name/rows", { data: [] });
  answers("/whoami", { tenant_id: "acme", role: "admin", key_id: "ee00ff11" });
  const would = [{ table: "gold.kpis_1m", action: "restore", detail: "would rebuild 2 windows" }];
  const job = { id: 7, kind: "restore", state: "queued" };
  const bodies: object[] = [];
  server.use(
    http.post("*/api/v1/tables/:name/restore", async ({ request }) => {
      const body = (await request.json()) as { dry_run: boolean };
      bodies.push(body);
      const versions = { "gold.kpis_1m": 40 };
      return HttpResponse.json({
        dry_run: body.dry_run,
        versions,
        would,
        token: "9f2c",
        job: body.dry_run ? null : job,
      });
    }),
  );
  const user = userEvent.setup();
  show(<History />, { at: "/?table=gold.kpis_1m&version=40" });
  await user.click(await screen.findByText("What would restoring it change?"));
  expect(await screen.findByText("would rebuild 2 windows")).toBeVisible();
  await user.click(screen.getByText("Restore version 40…"));
  fireEvent.change(screen.getByLabelText("Why"), { target: { value: "The till was wrong." } });
  await user.click(screen.getByText("Restore it"));
  expect(await screen.findByText(/Job 7 is queued/)).toBeVisible();
  expect(bodies).toEqual([
    { version: 40, dry_run: true, why: "" },
    { version: 40, token: "9f2c", why: "The till was wrong.", dry_run: false },
  ]);
});
