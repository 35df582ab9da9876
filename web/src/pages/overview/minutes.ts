/** Figures over time in columns, oldest first: from the live feed's minutes, from what the API answers, or of both. */
import type { Schemas } from "../../api/client";
import { same } from "../../charts/steps";
import type { LiveMessage, LiveWindow } from "../../live/message";

/** One for each step; null where there is none. */
export type Values = (number | null)[];

export interface OverTime {
  starts: string[];
  /** Whether it may still change. */
  open: boolean[];
  events: Values;
  purchases: Values;
  conversion: Values;
  users: Values;
  /** Net revenue by currency; currencies are never added together. */
  net: Record<string, Values>;
}

type Step = Pick<LiveWindow, "state" | "events" | "purchases" | "active_users" | "conversion_rate"> & { start: string };

interface Money {
  start: string;
  currency: string;
  net: string;
}

const MINUTE_MS = 60_000;
const NOTHING = { events: 0, purchases: 0, active_users: 0, conversion_rate: null };

/** steps: oldest first. Where nobody viewed there is no conversion, rather than none of it. */
export function overTime(steps: Step[], money: Money[]): OverTime {
  const places = new Map(steps.map(({ start }, place) => [Date.parse(start), place]));
  const net: Record<string, Values> = {};
  for (const currency of [...new Set(money.map((row) => row.currency))].sort()) net[currency] = steps.map(() => 0);
  for (const row of money) {
    const place = places.get(Date.parse(row.start));
    const values = net[row.currency];
    if (place !== undefined && values !== undefined) values[place] = Number(row.net);
  }
  return {
    starts: steps.map(({ start }) => start),
    open: steps.map(({ state }) => state === "open"),
    events: steps.map(({ events }) => events),
    purchases: steps.map(({ purchases }) => purchases),
    conversion: steps.map(({ conversion_rate }) => (conversion_rate === null ? null : Number(conversion_rate))),
    users: steps.map(({ active_users }) => active_users),
    net,
  };
}

/** Currencies in the order of the key figures; those that these do not tell yet come last. */
export function asTold(currencies: string[], told: { currency: string }[]): string[] {
  const first = told.map(({ currency }) => currency).filter((currency) => currencies.includes(currency));
  return [...first, ...currencies.filter((currency) => !first.includes(currency))];
}

export function ofMessage(message: LiveMessage): OverTime {
  return overTime(
    withSilent(message.windows.map((window) => ({ ...window, start: window.window_start })).reverse()),
    message.revenue.map((row) => ({ ...row, start: row.window_start })),
  );
}

/** The minutes between in which nothing happened, too, which the feed leaves out and the API's answers have. */
function withSilent(steps: Step[]): Step[] {
  return steps.flatMap((step, at) => {
    const until = Date.parse(steps[at + 1]?.start ?? step.start);
    const silent = Math.max(0, Math.round((until - Date.parse(step.start)) / MINUTE_MS) - 1);
    return [step, ...Array.from({ length: silent }, (_, after) => ({ ...NOTHING, ...later(step, after + 1) }))];
  });
}

function later({ start, state }: Step, minutes: number): Pick<Step, "start" | "state"> {
  return { start: new Date(Date.parse(start) + minutes * MINUTE_MS).toISOString(), state };
}

export function ofAnswers(series: Schemas["Point"][], money: Schemas["MetricRows"]["data"]): OverTime {
  return overTime(
    series.map((point) => ({ ...point, start: point.step_start })),
    money.map((row) => ({
      start: String(row.step_start),
      currency: String(row.currency),
      net: String(row.net),
    })),
  );
}

/** Minutes as they were answered, from `from` on, and as the feed tells them from where it begins. */
export function joined(answered: OverTime, fed: OverTime, from: string): OverTime {
  const begin = placeOf(answered.starts, from);
  const end = Math.max(begin, placeOf(answered.starts, fed.starts[0] ?? ""));
  const column = <T>(before: T[], after: T[]): T[] => [...before.slice(begin, end), ...after];
  const none = (of: OverTime): Values => of.starts.map(() => 0);
  const money = (currency: string): Values =>
    column(answered.net[currency] ?? none(answered), fed.net[currency] ?? none(fed));
  const currencies = [...new Set([...Object.keys(answered.net), ...Object.keys(fed.net)])].sort();
  return {
    starts: column(answered.starts, fed.starts),
    open: column(answered.open, fed.open),
    events: column(answered.events, fed.events),
    purchases: column(answered.purchases, fed.purchases),
    conversion: column(answered.conversion, fed.conversion),
    users: column(answered.users, fed.users),
    net: Object.fromEntries(currencies.map((currency) => [currency, money(currency)])),
  };
}

/** The place of the first step that begins at a time or after it, or how many steps there are; all of them where none is named. */
function placeOf(starts: string[], time: string): number {
  const at = Date.parse(time);
  const first = Date.parse(starts[0] ?? "");
  if (Number.isNaN(at) || Number.isNaN(first)) return starts.length;
  // Minutes that were answered have no gap.
  return Math.min(Math.max(Math.ceil((at - first) / MINUTE_MS), 0), starts.length);
}

/** Gives columns that are as they were as the same objects, so that what is drawn of them is not drawn anew. */
export function columnsKept(): (now: OverTime) => OverTime {
  let before: OverTime | null = null;
  return (now) => {
    const old = before;
    before = old === null ? now : keptOf(old, now);
    return before;
  };
}

function keptOf(before: OverTime, now: OverTime): OverTime {
  const net = Object.entries(now.net).map(([currency, values]) => [currency, kept(before.net[currency], values)]);
  return {
    starts: kept(before.starts, now.starts),
    open: kept(before.open, now.open),
    events: kept(before.events, now.events),
    purchases: kept(before.purchases, now.purchases),
    conversion: kept(before.conversion, now.conversion),
    users: kept(before.users, now.users),
    net: Object.fromEntries(net) as OverTime["net"],
  };
}

function kept<T>(before: T[] | undefined, now: T[]): T[] {
  return before !== undefined && same(before, now) ? before : now;
}
