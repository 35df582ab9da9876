// The 60 minutes of a message, oldest first, also those in which nothing happened.

import { amount, count, minuteOf, timeOf } from "./format.js";

const MINUTE_MS = 60_000;
export const MINUTES = 60;

export function minutesOf({ windows, revenue }) {
  if (!windows.length) return [];
  const byStart = new Map(windows.map((window) => [Date.parse(window.window_start), window]));
  const newest = Math.max(...byStart.keys());
  const minutes = Array.from({ length: MINUTES }, (_, i) => {
    const start = newest - (MINUTES - 1 - i) * MINUTE_MS;
    const window = byStart.get(start);
    return { start, window, state: window ? stateOf(window) : "none", money: new Map() };
  });
  const byMinute = new Map(minutes.map((minute) => [minute.start, minute]));
  for (const row of revenue) byMinute.get(Date.parse(row.window_start)).money.set(row.currency, row);
  return minutes;
}

export function stateOf(window) {
  if (window.state === "open") return "open";
  return window.corrections > 0 ? "corrected" : "final";
}

// Why a final window is another one than it was.
export function reasonOf({ corrections, corrected_at: at }) {
  return `${count(corrections)} late ${corrections === 1 ? "event" : "events"} came in after it was final, last at ${timeOf(at)}`;
}

// The same, short.
export const correctionOf = ({ corrections, corrected_at: at }) => [`+${count(corrections)}`, `, last ${timeOf(at)}`];

export function describe(minute, currency) {
  const at = `${minuteOf(minute.start)} UTC`;
  if (!minute.window) return `${at}: no events`;
  const row = minute.money.get(currency);
  const money = row ? [`${currency} ${amount(row.net, currency)} net`] : [];
  const why = minute.state === "corrected" ? [reasonOf(minute.window)] : [];
  return `${at}, ${minute.state}: ${[`${count(minute.window.events)} events`, ...money, ...why].join("; ")}`;
}
