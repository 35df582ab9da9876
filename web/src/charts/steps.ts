/** Lines over time as a row for each step: what is final, what is open, what was expected and what is to come. */
import type { ChartColor } from "../app/theme";

export interface LineOf {
  name: string;
  color: ChartColor;
  /** One for each step; null where there is none. */
  values: (number | null)[];
}

/** From where to where a figure was expected. */
export type Band = [low: number, high: number];

/** A step that is to come: what is expected, and within which range. */
export interface Ahead {
  start: string;
  expected: number;
  low: number;
  high: number;
}

/** What one step holds of each line: its figure where it is final, and where it is open. */
type Figures = Partial<Record<`final${number}` | `open${number}`, number | null>>;

export interface Step extends Figures {
  start: string;
  band: Band | null;
  ahead: number | null;
}

export function stepsOf(starts: string[], open: boolean[], lines: LineOf[], band: (Band | null)[]): Step[] {
  return starts.map((start, at) => {
    const step: Step = { start, band: band[at] ?? null, ahead: null };
    for (const [place, { values }] of lines.entries()) {
      const value = values[at] ?? null;
      step[`final${place}`] = open[at] ? null : value;
      // From the last final step on, so that the line does not break.
      step[`open${place}`] = open[at] || open[at + 1] ? value : null;
    }
    return step;
  });
}

/** last: the newest step that is drawn; a forecast may begin before it, at the first step that is not final. */
export function stepsAhead(ahead: Ahead[], last: string): Step[] {
  return ahead
    .filter(({ start }) => Date.parse(start) > Date.parse(last))
    .map(({ start, expected, low, high }) => ({ start, band: [low, high], ahead: expected }));
}
