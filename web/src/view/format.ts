/** Numbers and times as the visitor writes them. */

const COUNT = new Intl.NumberFormat();
const PERCENT = new Intl.NumberFormat(undefined, {
  style: "percent",
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
});
const LOCAL = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hour12: false,
});

export const NOTHING = "–";

export function count(value: number): string {
  return COUNT.format(value);
}

/** A share, from the decimal text of the API; null where nobody viewed. */
export function percent(value: string | null): string {
  return value === null ? NOTHING : PERCENT.format(Number(value));
}

export function money(value: string, currency: string): string {
  return new Intl.NumberFormat(undefined, { style: "currency", currency }).format(Number(value));
}

/** The minute of a time, in UTC. */
export function minute(time: string): string {
  return time.slice(11, 16);
}

/** A time in UTC, and in the visitor's own zone. */
export function bothClocks(time: string): string {
  return `${time.slice(11, 19)} UTC (${LOCAL.format(new Date(time))} here)`;
}

/** A point in time in UTC; table versions as they are. */
export function moment(asOf: string): string {
  if (!/^\d{4}-\d\d-\d\dT/.test(asOf)) return asOf;
  return `${asOf.slice(0, 10)} ${asOf.slice(11, 19)} UTC`;
}

/** Day and minute of a time, in UTC. */
export function dayAndMinute(time: string): string {
  return `${time.slice(0, 10)} ${time.slice(11, 16)}`;
}
