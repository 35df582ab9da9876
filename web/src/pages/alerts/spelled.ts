/** Rules and alerts in words. */
import { count, NOTHING } from "../../view/format";
import type { AlertEntry, Rule } from "./reads";

/** A value that was measured, in at most five places. */
export function measured(value: number | null): string {
  return value === null ? NOTHING : count(Number(value.toPrecision(5)));
}

/** What became of the messages about an alert. */
export function toldWhom(messages: AlertEntry["messages"]): string {
  const failing = messages.find(({ state, error }) => state !== "sent" && error != null);
  if (failing) return `Not told yet: ${failing.error}`;
  const sent = [...new Set(messages.filter(({ state }) => state === "sent").map(({ to }) => to))];
  return sent.length === 0 ? "Nobody was told." : `Told: ${sent.join(", ")}.`;
}

/** When rules were looked at last; null where none ever was. */
export function lastLook(rules: Rule[]): string | null {
  const looks = rules.flatMap(({ evaluated_at }) => (evaluated_at == null ? [] : [evaluated_at]));
  return looks.sort().at(-1) ?? null;
}
