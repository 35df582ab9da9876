/** Rows of figures as what a chart draws: an own chart for each currency, a line or a bar for each part. */
import { PART_COLORS } from "../../app/theme";
import type { LineOf } from "../../charts/steps";
import { stepOf, type Grain, type Metric } from "./choice";

export type Row = Record<string, unknown>;

export const NOT_GIVEN = "not given";
const MOST_BARS = 20;

export interface Drawn {
  /** Null where the metric is no money. */
  currency: string | null;
  starts: string[];
  open: boolean[];
  lines: LineOf[];
  bars: { name: string; value: number }[];
  /** How many parts there are; no more than fit are drawn, those with the largest figures. */
  parts: number;
}

interface Asked {
  metric: Metric;
  by: string | null;
  grain: Grain;
  start: string;
  end: string;
  /** Of money that is filtered by its currency. */
  currency: string | null;
  /** Up to which time nothing changes, but for late events; null where that is not known. */
  watermark: string | null;
}

/** What a dimension of a row is, as text. */
export function part(value: unknown): string {
  if (value === null || value === undefined) return NOT_GIVEN;
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** A chart for each currency, by its name; one for what is no money. */
export function drawn(rows: Row[], asked: Asked): Drawn[] {
  const isMoney = asked.metric.unit === "money";
  const currencyOf = (row: Row): string | null => (isMoney ? (asked.currency ?? part(row.currency)) : null);
  const currencies = [...new Set(rows.map(currencyOf))].sort();
  return currencies.map((currency) => ({
    currency,
    ...drawnOf(
      rows.filter((row) => currencyOf(row) === currency),
      asked,
    ),
  }));
}

function drawnOf(rows: Row[], asked: Asked): Omit<Drawn, "currency"> {
  const { metric, by, grain } = asked;
  const parts = ranked(rows, metric, by);
  if (stepOf(grain) === null) {
    const told = parts.filter(([name]) =>
      rows.some((row) => nameOf(row, metric, by) === name && row[metric.name] !== null),
    );
    const bars = told.slice(0, MOST_BARS).map(([name, value]) => ({ name, value }));
    return { starts: [], open: [], lines: [], bars, parts: parts.length };
  }
  const starts = startsOf(asked);
  const place = new Map(starts.map((start, at) => [Date.parse(start), at]));
  const lines = parts.slice(0, PART_COLORS.length).map(([name], at): LineOf => {
    // Rows of nothing but zeros are left out of the answer; a share of nothing is none.
    const values: (number | null)[] = starts.map(() => (metric.ratio === null ? 0 : null));
    for (const row of rows.filter((each) => nameOf(each, metric, by) === name)) {
      const found = place.get(Date.parse(String(row.step_start)));
      if (found !== undefined) values[found] = figure(row[metric.name]);
    }
    return { name, color: PART_COLORS[at] ?? "other", values };
  });
  return { starts, open: openOf(starts, asked), lines, bars: [], parts: parts.length };
}

function nameOf(row: Row, metric: Metric, by: string | null): string {
  return by === null ? metric.title : part(row[by]);
}

/** Parts from the largest figure on; over time, from the largest sum of figures on. */
function ranked(rows: Row[], metric: Metric, by: string | null): [string, number][] {
  const sums = new Map<string, number>();
  for (const row of rows) {
    const name = nameOf(row, metric, by);
    sums.set(name, (sums.get(name) ?? 0) + (figure(row[metric.name]) ?? 0));
  }
  return [...sums].sort(([, one], [, other]) => other - one);
}

function figure(value: unknown): number | null {
  return value === null || value === undefined ? null : Number(value);
}

/** Every step of the range, also those in which nothing happened. */
function startsOf({ start, end, grain }: Asked): string[] {
  const length = stepOf(grain) ?? 0;
  const starts: string[] = [];
  for (let at = Math.floor(Date.parse(start) / length) * length; at < Date.parse(end); at += length) {
    starts.push(new Date(at).toISOString());
  }
  return starts;
}

function openOf(starts: string[], { grain, watermark }: Asked): boolean[] {
  const length = stepOf(grain) ?? 0;
  return starts.map((start) => watermark !== null && Date.parse(start) + length > Date.parse(watermark));
}
