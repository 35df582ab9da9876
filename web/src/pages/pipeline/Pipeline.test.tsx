import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { Route, Routes } from "react-router";
import { expect, test } from "vitest";

import type { Schemas } from "../../api/client";
import { storedKey, storeKey } from "../../api/key";
import { SignIn } from "../../app/SignIn";
import { batch, latency, pipeline } from "../../testing/pipeline";
import { show } from "../../testing/render";
import { answers, isDown, refuses } from "../../testing/server";
import { Pipeline } from "./Pipeline";

const page = (
  <Routes>
    <Route path="/pipeline/*" element={<Pipeline />} />
  </Routes>
);

function everything(now: Partial<Schemas["Pipeline"]> = {}, records = 148) {
  answers("/pipeline", pipeline(now));
  const asked = answers("/pipeline/latency", latency(records));
  const timing = { begun: "", took_us: { refine: 400, gold: 12_600 }, ended: {} };
  answers("/pipeline/batches", { data: records === 0 ? [] : [batch(37, timing), batch(35)], next_cursor: null });
  return asked;
}

test("the flow is told layer by layer, then times by part of the way and batches; a time that the log lost is none", async () => {
  everything({ behind_ms: 1_250 });
  show(page, { at: "/pipeline" });
  expect(await screen.findByRole("group", { name: "Source" })).toHaveTextContent("41.3 records/s came in");
  expect(screen.getByRole("group", { name: "Bronze" })).toHaveTextContent(
    "1,204 records waitedevents v37 · 2 not shown yet",
  );
  expect(screen.getByRole("group", { name: "Silver" })).toHaveTextContent("refine: 67 msdedupe: not run yet");
  expect(screen.getByRole("group", { name: "Gold" })).toHaveTextContent("gold: 505 mskpis_1m v13");
  expect(screen.getByRole("group", { name: "Readable" })).toHaveTextContent("1.25 s behind1,650 records/s of work");
  expect(await screen.findByRole("row", { name: /^received to readable 13.7 ms 71.8 ms 111 ms 1.52 s/ })).toBeVisible();
  expect(
    await screen.findByRole("row", { name: /^37 2026-11-24 10:30:12 UTC 1,008 1,000 5 3 2 13 ms$/ }),
  ).toBeVisible();
  expect(screen.getByRole("row", { name: /^35 .* –$/ })).toBeVisible();
});

test("before the first batch it says so, and no figure is made up", async () => {
  const none = { engine: null, trigger_s: null, input_per_s: null, processed_per_s: null, last_batch_at: null };
  everything({ ...none, state: "down", why: "No engine works on this lake.", waiting_records: null, stages: [] }, 0);
  show(page, { at: "/pipeline" });
  expect(await screen.findByText("No engine works on this lake.")).toBeVisible();
  expect(await screen.findByText("No batch was done yet.")).toBeVisible();
  expect(screen.getByText("No record has come through yet.")).toBeVisible();
  expect(screen.queryByText(/^Engine:/)).toBeNull();
  expect(screen.getByRole("group", { name: "Source" })).toHaveTextContent("no batch yet");
});

test("the question of a pause stays one though somebody else paused meanwhile, and the pause is told with who and why", async () => {
  everything();
  const user = userEvent.setup();
  show(page, { at: "/pipeline" });
  await user.click(await screen.findByRole("button", { name: "Pause…" }));
  const dialog = screen.getByRole("dialog", { name: "Pause the pipeline?" });
  await user.type(within(dialog).getByLabelText("Why"), "a reload");
  const pause = { at: "2026-11-24T10:31:00Z", by: "default", why: "a reload" };
  const posted = answers("/pipeline/pause", { paused: true, pause }, "post");
  everything({ state: "paused", pause });
  await screen.findByText("Paused since 2026-11-24 10:31:00 UTC by default. a reload", {}, { timeout: 15_000 });
  await user.click(within(dialog).getByRole("button", { name: "Pause for everybody" }));
  expect(await screen.findByRole("button", { name: "Resume…" })).toBeVisible();
  expect(posted).toHaveLength(1);
});

test("a resumption that is refused says why, and is done once a key is given", async () => {
  everything({ state: "paused", pause: { at: "2026-11-24T10:31:00Z", by: "default", why: "" } });
  const detail = "This needs a key of role admin.";
  refuses("/pipeline/resume", { status: 401, title: "Unauthorized", detail }, "post");
  answers("/whoami", { tenant_id: "default", role: "admin", key_id: "ab12cd34" });
  const user = userEvent.setup();
  show(
    <>
      <SignIn />
      {page}
    </>,
    { at: "/pipeline" },
  );
  await user.click(await screen.findByRole("button", { name: "Resume…" }));
  await user.click(screen.getByRole("button", { name: "Go on" }));
  await user.type(await screen.findByLabelText("API key"), "rtl_key{Enter}");
  await waitFor(() => expect(storedKey()).toBe("rtl_key"));
  const resumed = answers("/pipeline/resume", { paused: false, pause: null }, "post");
  await user.click(await screen.findByRole("button", { name: "Go on" }));
  await waitFor(() => expect(resumed).toHaveLength(1));
  storeKey(null);
});

test("as of then, times are asked as of then, and the present is not passed off as the past", async () => {
  const asked = everything();
  show(page, { at: "/pipeline?as_of=2026-11-24T10:30:00Z" });
  expect(await screen.findByRole("row", { name: /^received to bronze/ })).toBeVisible();
  expect(screen.getByText(/known of the present only/)).toBeVisible();
  expect(screen.queryByRole("button", { name: "Pause…" })).toBeNull();
  expect(asked[0]?.searchParams.get("as_of")).toBe("2026-11-24T10:30:00Z");
});

test("a part that nothing answers for says so, beside those that are there", async () => {
  everything();
  isDown("/pipeline/latency");
  show(page, { at: "/pipeline" });
  const panel = screen.getByRole("region", { name: "How long records take" });
  expect(await within(panel).findByText("The API does not answer")).toBeVisible();
  expect(await screen.findByRole("group", { name: "Gold" })).toBeVisible();
});
