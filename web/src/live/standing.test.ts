import { expect, test } from "vitest";

import { message } from "../testing/message";
import { standing } from "./standing";
import type { LiveState } from "./store";

const NOW = Date.parse("2026-11-24T10:30:20Z");

function state(part: Partial<LiveState>): LiveState {
  return { message: message(), heardAt: NOW, receivedAt: NOW, problem: null, paused: false, ...part };
}

test("without an engine the figures are stale, with what to do", () => {
  const said = standing(state({ message: message({ engine_running: false }) }), NOW);
  expect(said).toMatchObject({ name: "stale" });
  expect(said.why).toContain("rtl run");
});

test("an engine that does not keep up makes the figures stale", () => {
  expect(standing(state({ message: message({ behind_ms: 20_000 }) }), NOW).name).toBe("stale");
});

test("a silent line is away, since it was last heard of", () => {
  expect(standing(state({ heardAt: NOW - 20_000 }), NOW)).toMatchObject({ name: "away", since: NOW - 20_000 });
});

test("figures that move are live, and paused while they are held", () => {
  expect(standing(state({}), NOW).name).toBe("live");
  expect(standing(state({ paused: true }), NOW).name).toBe("paused");
});

test("before the first message nothing is claimed", () => {
  expect(standing(state({ message: null, heardAt: null }), NOW).name).toBe("connecting");
});
