/** Figures over time as chart points, oldest first: from the live feed's minutes, or from what the API answers. */
import type { Schemas } from "../../api/client";
import type { MinutePoint } from "../../charts/MinuteChart";
import type { LiveMessage, LiveWindow } from "../../live/message";

export interface OverTime {
  events: MinutePoint[];
  purchases: MinutePoint[];
  conversion: MinutePoint[];
  users: MinutePoint[];
  /** Net revenue by currency; currencies are never added together. */
  net: Record<string, MinutePoint[]>;
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
  const points = (value: (step: Step) => number | null): MinutePoint[] =>
    steps.map((step) => ({ start: step.start, open: step.state === "open", value: value(step) }));
  const net = Object.fromEntries(
    [...new Set(money.map((row) => row.currency))].sort().map((currency) => {
      const rows = money.filter((row) => row.currency === currency);
      const by = new Map(rows.map((row) => [Date.parse(row.start), Number(row.net)]));
      return [currency, points((step) => by.get(Date.parse(step.start)) ?? 0)];
    }),
  );
  return {
    events: points((step) => step.events),
    purchases: points((step) => step.purchases),
    conversion: points((step) => (step.conversion_rate === null ? null : Number(step.conversion_rate))),
    users: points((step) => step.active_users),
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

export function ofAnswers(series: Schemas["Series"], money: Schemas["MetricRows"]): OverTime {
  return overTime(
    series.data.map((point) => ({ ...point, start: point.step_start })),
    money.data.map((row) => ({
      start: String(row.step_start),
      currency: String(row.currency),
      net: String(row.net),
    })),
  );
}
