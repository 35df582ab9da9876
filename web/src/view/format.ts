/** Numbers and times as the visitor writes them. */

const COUNT = new Intl.NumberFormat();
const PERCENT = new Intl.NumberFormat(undefined, {
  style: "percent",
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
});
const LOCAL_MINUTE = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const LOCAL = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  // Not hour12, by which some languages call midnight 24:00.
  hourCycle: "h23",
});

export const NOTHING = "–";

export function count(value: number): string {
  return COUNT.format(value);
}

/** A number with what it counts; more: where an s at the end does not make more of it. */
export function many(value: number, one: string, more = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : more}`;
}

/** A share, from the decimal text of the API; null where nobody viewed. */
export function percent(value: string | null): string {
  return value === null ? NOTHING : share(Number(value));
}

export function share(value: number): string {
  return PERCENT.format(value);
}

const CURRENCIES = new Map<string, (value: number) => string>();

/** Writes money of a currency; the same function for the same one, for making it takes a hundred times as long as using it. */
export function moneyIn(currency: string): (value: number) => string {
  const known = CURRENCIES.get(currency);
  if (known !== undefined) return known;
  const numbers = new Intl.NumberFormat(undefined, { style: "currency", currency });
  const format = (value: number): string => numbers.format(value);
  CURRENCIES.set(currency, format);
  return format;
}

const ROUND = new Map<string, { format: (value: number) => string }>();

// A million and more has no room on an axis in every currency and language.
const MUCH = 1_000_000;

/** Money on an axis: without the hundredths where there are none, and millions as such. The same object for the same currency. */
export function roundMoneyIn(currency: string): { format: (value: number) => string } {
  const known = ROUND.get(currency);
  if (known !== undefined) return known;
  const numbers = new Intl.NumberFormat(undefined, {
    style: "currency",
    currency,
    trailingZeroDisplay: "stripIfInteger",
  });
  const millions = new Intl.NumberFormat(undefined, {
    style: "currency",
    currency,
    notation: "compact",
    maximumFractionDigits: 2,
  });
  const axis = { format: (value: number): string => (Math.abs(value) < MUCH ? numbers : millions).format(value) };
  ROUND.set(currency, axis);
  return axis;
}

export function money(value: string, currency: string): string {
  return moneyIn(currency)(Number(value));
}

/** The minute of a time, in UTC. */
export function minute(time: string): string {
  return time.slice(11, 16);
}

/** A time among others on an axis, in UTC: the day at its beginning, else the minute of that day. */
export function onAxis(time: string): string {
  return minute(time) === "00:00" ? day(time) : minute(time);
}

/** A time in UTC, and in the visitor's own zone where that is another. */
export function bothClocks(time: string): string {
  const utc = time.slice(11, 19);
  const at = new Date(time);
  return at.getTimezoneOffset() === 0 ? `${utc} UTC` : `${utc} UTC (${LOCAL.format(at)} here)`;
}

/** The time of day where the visitor is, in brackets; nothing where that is UTC. */
export function here(time: string): string {
  const at = new Date(time);
  return at.getTimezoneOffset() === 0 ? "" : ` (${LOCAL_MINUTE.format(at)} here)`;
}

/** A point in time in UTC; table versions as they are. */
export function moment(asOf: string): string {
  if (!/^\d{4}-\d\d-\d\dT/.test(asOf)) return asOf;
  return `${asOf.slice(0, 10)} ${asOf.slice(11, 19)} UTC`;
}

/** The day of a time, in UTC. */
export function day(time: string): string {
  return time.slice(0, 10);
}

/** Day and minute of a time, in UTC. */
export function dayAndMinute(time: string): string {
  return `${time.slice(0, 10)} ${time.slice(11, 16)}`;
}

/** The time of day, in UTC, of milliseconds since the epoch. */
export function clock(ms: number): string {
  return `${new Date(ms).toISOString().slice(11, 19)} UTC`;
}

/** A length of time in three places, in the unit that suits it. */
export function duration(ms: number): string {
  if (ms === 0) return "0 s";
  if (ms < 1) return `${count(Math.round(ms * 1_000))} µs`;
  if (ms < 1_000) return `${threePlaces(ms)} ms`;
  if (ms < 120_000) return `${threePlaces(ms / 1_000)} s`;
  if (ms < 7_200_000) return `${count(Math.round(ms / 60_000))} min`;
  if (ms < 172_800_000) return `${count(Math.round(ms / 3_600_000))} h`;
  return many(Math.round(ms / 86_400_000), "day");
}

function threePlaces(value: number): string {
  return count(Number(value.toPrecision(3)));
}

const UNITS = ["kB", "MB", "GB", "TB"] as const;

/** A size in three places, in units of a thousand. */
export function bytes(value: number): string {
  if (value < 1_000) return `${count(value)} B`;
  let rest = value;
  let unit = -1;
  do {
    rest /= 1_000;
    unit += 1;
  } while (rest >= 999.5 && unit < UNITS.length - 1);
  return `${threePlaces(rest)} ${UNITS[unit]}`;
}
