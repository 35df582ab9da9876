/** What axes, tooltips and legends of all charts have in common. */
import { chartColor } from "../app/theme";

const TEXT = { stroke: "currentColor", fontSize: 12, tickLine: false } as const;

export const GRID = { vertical: false, stroke: chartColor("grid") } as const;

export const TIME_AXIS = { ...TEXT, dataKey: "start", minTickGap: 40 } as const;

export const FIGURE_AXIS = { ...TEXT, axisLine: false } as const;

// As wide as what it says: a digit that is cut off makes it another figure.
export const VALUE_AXIS = { ...FIGURE_AXIS, width: "auto" } as const;

export const LINES_HEIGHT = 220;

/** The height of a chart with so many bars below each other. */
export function ranksHeight(bars: number): number {
  return bars * 26 + 40;
}

export const MARGIN = { top: 8, right: 8, bottom: 0, left: 0 } as const;

/** Few bars do not fill the chart, for they would look like its ground. */
export const WIDEST_BAR = 48;

export const LEGEND = { iconSize: 10, itemSorter: null, wrapperStyle: { fontSize: 12 } } as const;

export const TOOLTIP = {
  isAnimationActive: false,
  contentStyle: {
    background: "var(--mui-palette-background-paper)",
    border: 0,
    maxWidth: 280,
    whiteSpace: "normal",
  },
} as const;

/** A time is told in UTC, and said to be. more: what else is said of a step. */
export function tooltip(tick: (start: string) => string, more: (start: string) => string = () => "") {
  return {
    ...TOOLTIP,
    labelFormatter: (label: unknown) => (typeof label === "string" ? `${tick(label)} UTC${more(label)}` : ""),
  };
}
