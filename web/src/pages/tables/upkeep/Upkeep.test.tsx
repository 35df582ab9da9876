import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { Route, Routes } from "react-router";
import { beforeEach, expect, test } from "vitest";

import { show } from "../../../testing/render";
import { answers, refuses, server } from "../../../testing/server";
import { Tables } from "../Tables";

const page = (
  <Routes>
    <Route path="/tables/*" element={<Tables />} />
  </Routes>
);

const UPKEEP = {
  ...{ name: "gold.kpis_1m", version: 1_041, files: 14, bytes: 81_920, small_files: 13, log_entries: 1_042 },
  ...{
    checkpoint: 1_020,
    checkpoint_at: "2026-11-24T10:29:50Z",
    commits_to_go: 39,
    left_files: 62,
    left_bytes: 317_440,
  },
  would: [{ action: "vacuum", detail: "would delete 12 files" }],
};
const SUMMARY = {
  ...{ name: "gold.kpis_1m", layer: "gold", kind: "windowed", grain: "tenant, minute", version: 1_041 },
  ...{ rows: 1_440, files: 14, bytes: 81_920, sources: [] },
};
const STEP = { table: "gold.kpis_1m", action: "compact", detail: "14 files into 1" };

function job(state: string, part: object = {}) {
  const times = { created_at: "2026-11-24T10:31:00Z", started_at: "2026-11-24T10:31:01Z", ended_at: null };
  const rest = { why: "", attempts: 1, done: 0, steps: 0, result: [], error: null };
  return { id: 7, kind: "optimize", tables: ["gold.kpis_1m"], state, ...times, ...rest, ...part };
}

beforeEach(() => {
  answers("/whoami", { tenant_id: "acme", role: "admin", key_id: "ee00ff11" });
  answers("/tables", { data: [SUMMARY] });
  answers("/tables/:name", SUMMARY);
  answers("/maintenance", { is_on: true, vacuum_retention_s: 604_800, tables: [UPKEEP] });
  answers("/maintenance/retention", { is_on: true, data: [] });
  answers("/jobs", { data: [], next_cursor: null });
});

test("upkeep of a table is told in its own part, with the way to a job", async () => {
  show(page, { at: "/tables/gold.kpis_1m/upkeep" });
  expect(await screen.findByRole("row", { name: /13 small enough to be gathered/ })).toBeVisible();
  expect(screen.getByRole("row", { name: "Next upkeep after 39 more commits" })).toBeVisible();
  expect(screen.getByRole("row", { name: "Would do now vacuum: would delete 12 files" })).toBeVisible();
  expect(screen.getByRole("link", { name: "Have it done by a job" })).toHaveAttribute(
    "href",
    "/tables/upkeep?of=gold.kpis_1m",
  );
});

test("a job is tried as it stands, asked for once more, and followed until it is over", async () => {
  const bodies: Record<string, unknown>[] = [];
  server.use(
    http.post("*/api/v1/jobs", async ({ request }) => {
      const body = (await request.json()) as Record<string, unknown>;
      bodies.push(body);
      if (body["dry_run"] === true) return HttpResponse.json({ dry_run: true, would: [STEP], job: null });
      answers("/jobs", { data: [job("running", { done: 1, steps: 4 })], next_cursor: null });
      return HttpResponse.json({ dry_run: false, would: [], job: job("queued") });
    }),
  );
  const user = userEvent.setup();
  show(page, { at: "/tables/upkeep?of=gold.kpis_1m" });
  expect(await screen.findByText("Nobody asked for a job yet.")).toBeVisible();
  await user.click(screen.getByText("Try it"));
  expect(await screen.findByRole("row", { name: "gold.kpis_1m compact 14 files into 1" })).toBeVisible();
  await user.click(screen.getByText("Have it done…"));
  await user.click(screen.getByLabelText("Why"));
  await user.paste("Before the demonstration.");
  await user.click(screen.getByText("Queue it"));
  const followed = await screen.findByRole("group", { name: "Job 7" });
  expect(within(followed).getByText("running: 1 of 4 steps")).toBeVisible();
  answers("/jobs", { data: [job("done", { ended_at: "2026-11-24T10:31:03Z", result: [STEP] })], next_cursor: null });
  expect(await within(followed).findByText("done 2026-11-24 10:31:03 UTC, in 2 s")).toBeVisible();
  const task = { kind: "optimize", tables: ["gold.kpis_1m"], retention_s: null, from: null, to: null };
  expect(bodies).toEqual([
    { ...task, why: "", dry_run: true },
    { ...task, why: "Before the demonstration.", dry_run: false },
  ]);
});

test("what was tried is not done where another job is written since", async () => {
  answers("/jobs", { dry_run: true, would: [], job: null }, "post");
  const user = userEvent.setup();
  show(page, { at: "/tables/upkeep" });
  await user.click(await screen.findByText("Try it"));
  expect(await screen.findByText("There is nothing to do.")).toBeVisible();
  await user.click(screen.getByRole("combobox", { name: "Job" }));
  await user.click(screen.getByRole("option", { name: /^vacuum/ }));
  expect(screen.getByText("Have it done…")).toBeDisabled();
  await user.click(screen.getByLabelText("Keep the last days"));
  await user.paste("a week");
  expect(screen.getByText("Days are a number from 0 on, or nothing for the setting.")).toBeVisible();
  expect(screen.getByText("Try it")).toBeDisabled();
});

test("a job that waits is ended after a question, and one that failed says why", async () => {
  const failed = job("failed", { id: 6, error: "The disk is full.", ended_at: "2026-11-24T10:31:03Z" });
  answers("/jobs", { data: [job("queued"), failed], next_cursor: null });
  const ended = answers("/jobs/:id/cancel", job("cancelled"), "post");
  const user = userEvent.setup();
  show(page, { at: "/tables/upkeep" });
  expect(await screen.findByText("The disk is full.")).toBeVisible();
  await user.click(screen.getByRole("button", { name: "End job 7" }));
  await user.click(screen.getByText("End the job"));
  await screen.findByText(/queued since/);
  expect(ended.map(({ pathname }) => pathname)).toEqual(["/api/v1/jobs/7/cancel"]);
});

test("snapshots are listed with their files, and one that cannot be fetched says why", async () => {
  const snapshot = { name: "20261124T100000.000000Z", written_at: "2026-11-24T10:00:00Z", rows: 1_440, bytes: 81_920 };
  const versions = { "gold.kpis_1m": 41 };
  const file = { name: "kpis_1m.parquet", table: "gold.kpis_1m", rows: 1_440, bytes: 81_920, blake2b: "9f" };
  answers("/snapshots", { data: [{ ...snapshot, versions }] });
  answers("/snapshots/:name", { ...snapshot, versions, files: [file] });
  refuses("/snapshots/:name/:file", { status: 404, detail: "That snapshot was pruned." });
  const user = userEvent.setup();
  show(page, { at: "/tables/snapshots" });
  await user.click(await screen.findByText("2026-11-24 10:00:00 UTC"));
  expect(await screen.findByText("gold.kpis_1m v41")).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Download kpis_1m.parquet" }));
  expect(await screen.findByText("That snapshot was pruned.")).toBeVisible();
});
