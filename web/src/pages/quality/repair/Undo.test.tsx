import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { expect, test } from "vitest";

import type { Schemas } from "../../../api/client";
import { show } from "../../../testing/render";
import { answers, server } from "../../../testing/server";
import { Followed } from "./Followed";

const ID = "3f9a51c07be2";
const page = <Followed id={ID} />;
const DONE: Schemas["Repair"] = {
  ...{ id: ID, state: "done", kind: "repair", created_at: "2026-11-24T10:31:00Z", by: "1b2c3d4e", why: "A till." },
  ...{ filter: {}, patch: { merge: { price: 1 } }, records: 1, accepted: 1, duplicates: 0, quarantined: 0, late: 0 },
};
const UNDONE: Schemas["Repair"] = { ...DONE, accepted: 0, quarantined: 1 };
const JOB: Schemas["JobView"] = {
  ...{ id: 7, kind: "undo", tables: [], why: "", state: "queued", created_at: "2026-11-24T10:32:00Z" },
  ...{ attempts: 0, done: 0, steps: 0, result: [] },
};

/** A repair, and what its undoing would change; what is asked of that, with its key. */
function repaired(repair: Schemas["Repair"]) {
  answers("/quarantine/repairs/:id", repair);
  answers("/ledger/offsets/:partition/:position", { fate: "accepted", event_id: "e1", window: null });
  const would = [{ table: "silver.events", action: "undo", detail: "would remove 1 row" }];
  const asked: { body: Record<string, unknown>; once: string | null }[] = [];
  server.use(
    http.post("*/api/v1/quarantine/repairs/:id/undo", async ({ request }) => {
      const body = (await request.json()) as { dry_run: boolean };
      asked.push({ body, once: request.headers.get("Idempotency-Key") });
      const job = body.dry_run ? null : JOB;
      return HttpResponse.json({ dry_run: body.dry_run, would, token: "9f2c6f0f", job });
    }),
  );
  return asked;
}

test("a repair is undone as it was shown, after a question, and followed until it is back in quarantine", async () => {
  const asked = repaired(DONE);
  answers("/jobs/:id", JOB);
  const user = userEvent.setup();
  show(page);
  await user.click(await screen.findByText("What would undoing it change?"));
  expect((await screen.findByText("would remove 1 row")).closest("tr")).toHaveTextContent("silver.eventsundo");
  await user.click(screen.getByText("Undo it…"));
  await user.click(screen.getByLabelText("Why"));
  await user.paste("Another till.");
  await user.click(screen.getByText("Undo it"));
  expect(await screen.findByText(/job 7 is queued/)).toBeVisible();
  expect(asked.map(({ body }) => body)).toEqual([
    { dry_run: true, why: "" },
    { dry_run: false, token: "9f2c6f0f", why: "Another till." },
  ]);
  expect(asked[1]?.once).toMatch(/^[\x21-\x7e]{8,255}$/);
  answers("/quarantine/repairs/:id", UNDONE);
  answers("/jobs/:id", { ...JOB, state: "done" });
  expect(await screen.findByText(/Undone: its records are in quarantine again/)).toBeVisible();
  expect(await screen.findByText(/In gold: 0 accepted .* 1 rejected again/)).toBeVisible();
});

test("what changed since it was shown is looked at again", async () => {
  repaired(DONE);
  answers("/jobs/:id", { ...JOB, state: "failed", error: "Look again: other records came." });
  const user = userEvent.setup();
  show(page);
  await user.click(await screen.findByText("What would undoing it change?"));
  await user.click(await screen.findByText("Undo it…"));
  await user.click(screen.getByText("Undo it"));
  expect(await screen.findByText(/Look again: other records came/)).toBeVisible();
  await user.click(screen.getByText("Look again"));
  expect(await screen.findByText("What would undoing it change?")).toBeVisible();
});

test("what was undone is not offered to be undone", async () => {
  repaired(UNDONE);
  show(page);
  expect(await screen.findByText(/Nothing of it counts/)).toBeVisible();
  expect(screen.queryByText("What would undoing it change?")).toBeNull();
});

test("of the past, nothing is undone", async () => {
  repaired(DONE);
  show(page, { at: "/?as_of=2026-11-24T10:40:00Z" });
  expect(await screen.findByText(/In gold: 1 accepted/)).toBeVisible();
  expect(screen.queryByText("What would undoing it change?")).toBeNull();
});
