/** Is what is shown the present? Said in one word, with since when and why. */
import type { LiveState } from "./store";

export type Standing =
  | { name: "connecting"; why: string }
  | { name: "live"; why: string }
  | { name: "paused"; why: string }
  | { name: "stale"; since: number; why: string }
  | { name: "away"; since: number; why: string };

// Behind what was acknowledged by more than this, the present state is called stale: normal is well below a second.
const BEHIND_MS = 10_000;
// A line that was lost is usually back within this; before, nothing is said.
const GRACE_MS = 2_500;
const SILENCE_MS = 14_000;

export function standing(state: LiveState, now: number): Standing {
  const { message, heardAt, problem } = state;
  if (message === null || heardAt === null) {
    return { name: "connecting", why: problem?.detail ?? "Asking the API for the newest figures." };
  }
  const quiet = now - heardAt;
  if ((problem !== null && quiet > GRACE_MS) || quiet > SILENCE_MS) {
    return { name: "away", since: heardAt, why: problem?.detail ?? "The API has not been heard of; trying again." };
  }
  if (!message.engine_running) {
    const why = "No engine works on this lake; start one with `rtl run` or `rtl up`.";
    return { name: "stale", since: Date.parse(message.as_of), why };
  }
  // It has grown since, for whatever is worked off makes a new message.
  const waited = message.behind_ms + now - (state.receivedAt ?? now);
  if (message.behind_ms > BEHIND_MS) {
    return {
      name: "stale",
      since: Date.parse(message.as_of),
      why: `The engine runs, but does not keep up: what is shown is ${Math.round(waited / 1000)} s behind what was acknowledged.`,
    };
  }
  if (state.paused) return { name: "paused", why: "Figures stand still until you go on." };
  return { name: "live", why: "Figures change as events come in." };
}
