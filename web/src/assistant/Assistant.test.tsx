import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { delay, http, HttpResponse } from "msw";
import { beforeEach, expect, test, vi } from "vitest";

import type { Schemas } from "../api/client";
import { message } from "../testing/message";
import { events } from "../testing/metrics";
import { show } from "../testing/render";
import { answers, refuses, server } from "../testing/server";
import { Assistant } from "./Assistant";
import type { Answer } from "./reads";

const query: Schemas["MetricsQuery"] = {
  metrics: ["events"],
  dimensions: ["country"],
  filters: [],
  grain: "all",
  order: [],
  from: "2026-11-24T00:00:00Z",
  to: "2026-11-25T00:00:00Z",
};
const path = "/api/v1/metrics-catalog/query?as_of=silver.events%3D41";
const answer: Answer = {
  kind: "answer",
  text: "Events, by country: DE: 1,204 events.",
  badge: "certified_metric",
  notes: ["No time was named: these are the 24 hours up to the newest event."],
  choices: [],
  suggestions: ["by device?"],
  understood: [
    { words: "events", kind: "metric", meaning: "events" },
    { words: "by country", kind: "dimension", meaning: "country" },
  ],
  unused: [],
  metrics: [events],
  columns: [
    { name: "country", kind: "dimension", unit: null, format: null },
    { name: "events", kind: "metric", unit: "events", format: "integer" },
  ],
  data: [
    { country: "DE", events: 1_204 },
    { country: "FR", events: 301 },
  ],
  is_cut: false,
  chart: { kind: "bar", x: "country", y: ["events"], series: null },
  query,
  compared_to: null,
  table: "silver.events",
  sql: "with sums as (select 1) select 1",
  versions: { "silver.events": 41 },
  as_of: "2026-11-24T10:30:12Z",
  links: [{ method: "POST", path, body: query }],
  context: { query, compared_to: null },
};
const none = { badge: null, metrics: [], columns: [], data: [], chart: null, query: null, context: null };
const refusal: Answer = { ...answer, ...none, kind: "refusal", links: [], sql: null, table: null, notes: [] };

/** Answers every question with these, one after the other, and remembers the questions. */
function told(...answers: Answer[]): Schemas["AskBody"][] {
  const asked: Schemas["AskBody"][] = [];
  server.use(
    http.post("*/api/v1/assistant/ask", async ({ request }) => {
      asked.push((await request.json()) as Schemas["AskBody"]);
      return HttpResponse.json(answers[asked.length - 1]);
    }),
  );
  return asked;
}

const field = (): HTMLElement => screen.getByRole("textbox");

beforeEach(() => {
  // jsdom lays nothing out; browsers return a promise.
  Element.prototype.scrollIntoView = vi.fn().mockResolvedValue(undefined);
  answers("/assistant/suggestions", { data: [{ question: "orders by country", metrics: ["orders"] }] });
});

function open(at = "/") {
  const onClose = vi.fn();
  show(<Assistant open onClose={onClose} />, { message: message(), at });
  return onClose;
}

test("an answer shows its figures, its badge, what each word was taken for, and its versions", async () => {
  const asked = told(answer);
  open("/?as_of=2026-11-24T10:30:00Z");
  expect(field()).toHaveFocus();
  await userEvent.keyboard("events by country{Enter}");
  const reply = within(await screen.findByRole("article", { name: "events by country" }));
  expect(asked).toEqual([{ question: "events by country", context: null }]);
  expect(reply.getByText("Events, by country: DE: 1,204 events.")).toBeVisible();
  expect(reply.getByText("Certified metric")).toBeVisible();
  expect(reply.getByText(/No time was named/)).toBeVisible();
  expect(reply.getByRole("row", { name: "DE 1,204" })).toBeVisible();
  expect(reply.getByRole("region", { name: "Events" })).toBeVisible();
  await userEvent.click(reply.getByText("How this was read"));
  expect(reply.getByRole("row", { name: "by country told apart by country" })).toBeVisible();
  expect(reply.getByRole("region", { name: "Statement" })).toHaveTextContent("with sums as");
  expect(reply.getByText(/read at silver.events 41/)).toBeVisible();
});

test("a follow-up takes the context of the last answer that had figures, until one begins anew", async () => {
  const asked = told(answer, refusal, answer, answer);
  open();
  await userEvent.click(await screen.findByRole("button", { name: "orders by country" }));
  await userEvent.click(await screen.findByRole("button", { name: "by device?" }));
  await screen.findByText("Cannot be told");
  await userEvent.type(field(), "and yesterday?{Enter}");
  expect(await screen.findByRole("article", { name: "and yesterday?" })).toBeVisible();
  expect(asked.slice(1).map(({ context }) => context)).toEqual([answer.context, answer.context]);
  await userEvent.click(screen.getByRole("button", { name: "Begin anew" }));
  expect(screen.queryByRole("article")).not.toBeInTheDocument();
  await userEvent.type(field(), "orders{Enter}");
  await screen.findByRole("article", { name: "orders" });
  expect(asked.at(-1)).toEqual({ question: "orders", context: null });
});

test("what is not sure says which words had no part, and a question back is answered by choosing", async () => {
  const unsure: Answer = { ...answer, badge: "not_sure", unused: ["really"] };
  const asked = told(
    unsure,
    { ...refusal, kind: "question", text: "Which figure?", choices: ["orders today"] },
    answer,
  );
  open();
  await userEvent.type(field(), "really events{Enter}");
  expect(await screen.findByText(/“really” had no part/)).toBeVisible();
  await userEvent.type(field(), "today{Enter}");
  await userEvent.click(await screen.findByRole("button", { name: "orders today" }));
  await screen.findByRole("article", { name: "orders today" });
  expect(asked.at(-1)?.question).toBe("orders today");
});

test("the statement runs again in Query, at the same versions", async () => {
  told(answer);
  const run = answers("/metrics-catalog/query", { sql: "SELECT 7", data: [] }, "post");
  const onClose = open();
  await userEvent.type(field(), "events{Enter}");
  await userEvent.click(await screen.findByText("How this was read"));
  await userEvent.click(screen.getByRole("button", { name: "Run it again in Query" }));
  await vi.waitFor(() =>
    expect(screen.getByTestId("address")).toHaveTextContent("/query?sql=SELECT+7&as_of=silver.events=41"),
  );
  expect(run[0]?.searchParams.get("as_of")).toBe("silver.events=41");
  expect(onClose).toHaveBeenCalled();
});

test("what a model wrote says so, and runs again in Query as it is", async () => {
  const link = {
    method: "POST" as const,
    path: "/api/v1/query?as_of=silver.events%3D41",
    body: { sql: "SELECT 42", parameters: {} },
  };
  told({ ...answer, ...none, kind: "answer", badge: "generated_sql", sql: "SELECT 42", links: [link] });
  open();
  await userEvent.type(field(), "orders by weekday{Enter}");
  expect(await screen.findByText("Generated SQL")).toBeVisible();
  await userEvent.click(await screen.findByText("How this was read"));
  await userEvent.click(screen.getByRole("button", { name: "Run it again in Query" }));
  await vi.waitFor(() =>
    expect(screen.getByTestId("address")).toHaveTextContent("/query?sql=SELECT+42&as_of=silver.events=41"),
  );
});

test("what is asked shows while it is waited for", async () => {
  server.use(
    http.post("*/api/v1/assistant/ask", async () => {
      await delay("infinite");
    }),
  );
  open();
  await userEvent.type(field(), "orders{Enter}");
  expect(await screen.findByLabelText("Loading")).toBeVisible();
  expect(screen.getByText("orders")).toBeVisible();
});

test("a refusal of the API is said, and the question is still there to be asked again", async () => {
  refuses("/assistant/ask", { status: 429, title: "Too Many Requests", detail: "Come back in 10 s." }, "post");
  open();
  await userEvent.type(field(), "orders{Enter}");
  expect(await screen.findByText("Come back in 10 s.")).toBeVisible();
  expect(field()).toHaveValue("orders");
});

test("Escape closes it", async () => {
  const onClose = open();
  await userEvent.keyboard("{Escape}");
  expect(onClose).toHaveBeenCalled();
});
