import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { expect, test } from "vitest";

import { show } from "../../testing/render";
import { answers, isDown, refuses, server } from "../../testing/server";
import { Alerts } from "./Alerts";
import { EMPTY, ruleOf } from "./draft";
import type { AlertEntry, Rule } from "./reads";

const RULE: Rule = {
  id: "5e1f",
  name: "Few orders",
  condition: { kind: "ledger_difference" },
  comparison: "lt",
  threshold: 10,
  for_s: 60,
  told: "orders in 5 minutes below 10 for 60 s",
  notify: ["jsons://hooks.example"],
  built_in: false,
  state: "firing",
  value: 4,
  note: "orders was 4 from 10:24 to 10:29 UTC.",
  trouble: null,
  evaluated_at: new Date().toISOString(),
  silence: null,
};
const MESSAGE: AlertEntry["messages"][number] = {
  id: "7-firing-0",
  change: "firing",
  to: "jsons://hooks.example",
  state: "sent",
  attempts: 1,
};
const ALERT: AlertEntry = {
  id: 7,
  rule_id: "5e1f",
  rule: "Few orders",
  told: RULE.told,
  state: "firing",
  since: "2026-11-24T10:29:00Z",
  fired_at: "2026-11-24T10:30:00Z",
  resolved_at: null,
  value: 4,
  current: 6.123456,
  why: RULE.note,
  end_why: null,
  silence: null,
  messages: [MESSAGE],
};
const OVER: AlertEntry = {
  ...ALERT,
  id: 6,
  state: "resolved",
  resolved_at: "2026-11-24T10:35:00Z",
  end_why: "orders was 12.",
};

function everything({
  firing = [ALERT],
  resolved = [OVER],
  rules = [RULE],
}: Partial<Record<"firing" | "resolved", AlertEntry[]>> & { rules?: Rule[] } = {}) {
  server.use(
    http.get("*/api/v1/alerts", ({ request }) => {
      const fires = new URL(request.url).searchParams.get("state") === "firing";
      return HttpResponse.json({ data: fires ? firing : resolved, firing: firing.length, next_cursor: null });
    }),
  );
  answers("/alerts/rules", { data: rules });
}

test("what fires says why, since when and who was told; the rules and what is over are below", async () => {
  const built_in = {
    ...RULE,
    id: "freshness",
    name: "No new events",
    built_in: true,
    notify: null,
    trouble: "The lake is behind.",
  };
  everything({ rules: [built_in, RULE] });
  show(<Alerts />);
  const entry = await screen.findByRole("group", { name: "Few orders" });
  expect(entry).toHaveTextContent("orders was 4 from 10:24 to 10:29 UTC. Now 6.124.");
  expect(entry).toHaveTextContent(
    "Since 2026-11-24 10:29:00 UTC: orders in 5 minutes below 10 for 60 s. Told: jsons://hooks.example.",
  );
  expect(
    await screen.findByRole("row", {
      name: /^No new events .*Cannot be evaluated: The lake is behind. .* whom the settings name built in$/,
    }),
  ).toBeVisible();
  expect(screen.getByRole("row", { name: /^Few orders firing .* jsons:\/\/hooks.example/ })).toBeVisible();
  expect(
    await screen.findByRole("row", {
      name: /^Few orders 2026-11-24 10:30:00 UTC 5 min .* orders was 12.$/,
    }),
  ).toBeVisible();
});

test("a message that is not taken is told with the reason, and a silence with who is not told until when", async () => {
  const waits: typeof MESSAGE = {
    ...MESSAGE,
    state: "waiting",
    error: "jsons://hooks.example did not take it: Refused.",
  };
  const silence = { until: "2026-11-24T12:00:00Z", why: "Known.", by: null };
  everything({ firing: [{ ...ALERT, messages: [waits], silence }] });
  show(<Alerts />);
  const entry = await screen.findByRole("group", { name: "Few orders" });
  expect(entry).toHaveTextContent("Not told yet: jsons://hooks.example did not take it: Refused.");
  expect(entry).toHaveTextContent("Silent until 2026-11-24 12:00:00 UTC: Known.");
});

test("where nothing fires and nobody evaluates, both are said", async () => {
  everything({ firing: [], resolved: [], rules: [{ ...RULE, state: "inactive", evaluated_at: null }] });
  show(<Alerts />, { at: "/alerts?as_of=2026-11-24T10:30:00Z" });
  expect(await screen.findByText("Nothing fires.")).toBeVisible();
  expect(await screen.findByText("Nothing fired and was resolved yet.")).toBeVisible();
  expect(await screen.findByText(/^No rule was evaluated yet. Nothing fires while/)).toBeVisible();
  expect(screen.getByText(/not as of then/)).toBeVisible();
});

test("a silence needs a reason, and is asked for until then", async () => {
  everything();
  const user = userEvent.setup();
  show(<Alerts />);
  await user.click(await screen.findByRole("button", { name: "Silence…" }));
  const dialog = screen.getByRole("dialog", { name: "Silence “Few orders”?" });
  let posted: { until: string; why: string } | null = null;
  server.use(
    http.post("*/api/v1/alerts/7/silence", async ({ request }) => {
      posted = (await request.json()) as { until: string; why: string };
      return HttpResponse.json(ALERT);
    }),
  );
  await user.type(within(dialog).getByRole("textbox", { name: "Why" }), "Known.");
  await user.click(within(dialog).getByRole("button", { name: "Silence" }));
  await waitFor(() => expect(posted).toMatchObject({ why: "Known." }));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
});

test("a rule that the API refuses is kept in the form with what to do; one that fits is made", async () => {
  everything();
  const user = userEvent.setup();
  answers("/metrics-catalog", {
    metrics: [{ name: "events", title: "Events", dimensions: ["currency"] }],
    dimensions: [],
  });
  show(<Alerts />);
  await user.click(await screen.findByRole("button", { name: "New rule…" }));
  const dialog = screen.getByRole("dialog", { name: "New rule" });
  fireEvent.change(within(dialog).getByLabelText(/^Name/), { target: { value: "Few" } });
  fireEvent.change(within(dialog).getByLabelText(/^Threshold/), { target: { value: "0" } });
  refuses("/alerts/rules", { status: 409, title: "Conflict", detail: "Give this one another name." }, "post");
  await user.click(within(dialog).getByText("Make it"));
  expect(await within(dialog).findByText("Give this one another name.")).toBeVisible();
  answers("/alerts/rules", RULE, "post");
  await user.click(within(dialog).getByText("Make it"));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
});

test("a rule is deleted once that is confirmed", async () => {
  everything();
  const user = userEvent.setup();
  show(<Alerts />);
  await user.click(await screen.findByRole("button", { name: "Delete Few orders…" }));
  const deleted = answers("/alerts/rules/5e1f", RULE, "delete");
  await user.click(
    within(screen.getByRole("dialog", { name: "Delete “Few orders”?" })).getByRole("button", { name: "Delete" }),
  );
  await waitFor(() => expect(deleted).toHaveLength(1));
});

test("a part that nothing answers for says so, beside those that are there", async () => {
  everything();
  isDown("/alerts/rules");
  show(<Alerts />);
  const panel = screen.getByRole("region", { name: "Rules" });
  expect(await within(panel).findByText("The API does not answer")).toBeVisible();
  expect(await screen.findByRole("group", { name: "Few orders" })).toBeVisible();
});

test("a draft becomes what the API takes", () => {
  const metric = {
    ...EMPTY,
    name: " Few ",
    metric: "gross",
    currency: "EUR",
    dimension: "is_late",
    value: "true",
    threshold: "1.5",
  };
  expect(ruleOf({ ...metric, notify: "json://a\njson://b" })).toEqual({
    name: "Few",
    condition: {
      kind: "metric",
      metric: "gross",
      minutes: 5,
      filters: [
        { dimension: "currency", operator: "eq", values: ["EUR"] },
        { dimension: "is_late", operator: "eq", values: [true] },
      ],
    },
    comparison: "gt",
    threshold: 1.5,
    for_s: 60,
    notify: ["json://a", "json://b"],
  });
  expect(ruleOf({ ...EMPTY, kind: "freshness" })).toMatchObject({ condition: { kind: "freshness" }, notify: null });
});
