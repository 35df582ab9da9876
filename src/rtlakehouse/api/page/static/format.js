// Numbers, money and times as the visitor writes them. Amounts are exact text and are formatted without becoming floats.

const counts = new Intl.NumberFormat();
const percents = new Intl.NumberFormat(undefined, { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 });
const shortened = new Intl.NumberFormat(undefined, { notation: "compact", maximumFractionDigits: 1 });
const localTimes = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const amounts = new Map();

export const NOTHING = "–";

export const count = (number) => counts.format(number);

// Short enough for a tile, exact up to a million.
export const tally = (number) => (number < 1_000_000 ? count(number) : short(number));

export const percent = (rate) => (rate === null ? NOTHING : percents.format(Number(rate)));

export function amount(text, currency) {
  if (!amounts.has(currency)) amounts.set(currency, formatOf(currency));
  return amounts.get(currency).format(text);
}

function formatOf(currency) {
  const digits = new Intl.NumberFormat(undefined, { style: "currency", currency }).resolvedOptions().maximumFractionDigits;
  return new Intl.NumberFormat(undefined, { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

// Short enough for an axis.
export const short = (number) => shortened.format(number);

export const minuteOf = (instant) => new Date(instant).toISOString().slice(11, 16);
export const dayOf = (instant) => new Date(instant).toISOString().slice(0, 10);
export const timeOf = (instant) => new Date(instant).toISOString().slice(11, 19);
export const localTimeOf = (instant) => localTimes.format(new Date(instant));

const UNITS = [
  [86_400, "d"],
  [3_600, "h"],
  [60, "min"],
  [1, "s"],
];

export function age(milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / 1_000));
  const [length, unit] = UNITS.find(([length]) => seconds >= length) ?? UNITS.at(-1);
  return `${count(Math.floor(seconds / length))} ${unit}`;
}
