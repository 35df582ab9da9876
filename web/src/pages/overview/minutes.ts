/** The message's minutes as chart points, oldest first. */
import type { MinutePoint } from "../../charts/MinuteChart";
import type { LiveMessage, LiveWindow } from "../../live/message";

function points(message: LiveMessage, value: (window: LiveWindow) => number | null): MinutePoint[] {
  return message.windows
    .map((window) => ({ start: window.window_start, open: window.state === "open", value: value(window) }))
    .reverse();
}

export function eventsByMinute(message: LiveMessage): MinutePoint[] {
  return points(message, (window) => window.events);
}

/** Conversion; nothing where nobody viewed. */
export function rateByMinute(message: LiveMessage): MinutePoint[] {
  return points(message, (window) => (window.conversion_rate === null ? null : Number(window.conversion_rate)));
}

/** Net revenue of one currency; currencies are never added together. */
export function netByMinute(message: LiveMessage, currency: string): MinutePoint[] {
  const rows = message.revenue.filter((row) => row.currency === currency);
  const net = new Map(rows.map((row) => [row.window_start, Number(row.net)]));
  return points(message, (window) => net.get(window.window_start) ?? 0);
}
