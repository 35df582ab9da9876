import { dayAndMinute, moment } from "../view/format";

interface Shown {
  from: string;
  to: string;
  /** The time or versions that were asked for, or when the answer came in. */
  asOf: string;
  versions: string;
}

/** What a picture says of itself, a line each. */
export function factsOf({ from, to, asOf, versions }: Shown): string[] {
  const range = `${dayAndMinute(from)} to ${dayAndMinute(to)} UTC, as of ${moment(asOf)}`;
  return versions === "" ? [range] : [range, `Of ${versions.replaceAll(",", ", ")}`];
}
