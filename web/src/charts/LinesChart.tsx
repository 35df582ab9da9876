import { memo, useMemo } from "react";
import {
  Area,
  CartesianGrid,
  ComposedChart,
  Legend,
  Line,
  ReferenceDot,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from "recharts";

import { chartColor, type ChartColor } from "../app/theme";
import { minute } from "../view/format";
import { GRID, LEGEND, LINES_HEIGHT, MARGIN, TIME_AXIS, tooltip, VALUE_AXIS } from "./axes";
import { stepsAhead, stepsOf, type Ahead, type Band, type LineOf, type Step } from "./steps";

/** Something to be noticed. */
export interface Mark {
  /** The start of the step that it is drawn at, and the time itself. */
  step: string;
  at: string;
  value: number;
  reason: string;
  critical: boolean;
}

export interface Props {
  /** The start of each step, oldest first, and whether it may still change. */
  starts: string[];
  open: boolean[];
  lines: LineOf[];
  /** One for each step, where the figure was expected; null where that is not known. */
  band?: (Band | null)[];
  marks?: Mark[];
  /** How the first line goes on. */
  ahead?: Ahead[];
  format: (value: number) => string;
  /** How the axis writes it, where shorter; counts have no tick between two of them. */
  axis?: { format?: (value: number) => string; whole?: boolean };
  /** How a step's start is written. */
  tick?: (start: string) => string;
  /** Called with the start of the step that was clicked. */
  onPick?: (start: string) => void;
}

/**
 * Figures over time, a line each. What may still change is dashed; a click picks a step; marks are told by the tooltip.
 * It is drawn anew only where a property is another one, and then the less is new, the less is worked out: properties should stay the same objects.
 */
export const LinesChart = memo(function LinesChart(props: Props) {
  const { starts, open, lines, band, marks = [], ahead, format, axis = {}, tick = minute, onPick } = props;
  const steps = useMemo(
    () => [...stepsOf(starts, open, lines, band ?? []), ...stepsAhead(ahead ?? [], starts.at(-1) ?? "")],
    [starts, open, lines, band, ahead],
  );
  const isKnown = steps.some((step) => step.band !== null);
  const reasonOf = (start: string): string =>
    marks
      .filter(({ step }) => step === start)
      .map(({ reason }) => `; ${reason}`)
      .join("");
  return (
    <ResponsiveContainer width="100%" height={LINES_HEIGHT}>
      <ComposedChart
        data={steps}
        margin={MARGIN}
        onClick={({ activeLabel }) => {
          if (activeLabel !== undefined) onPick?.(String(activeLabel));
        }}
      >
        <CartesianGrid {...GRID} />
        <XAxis {...TIME_AXIS} tickFormatter={tick} />
        <YAxis {...VALUE_AXIS} width={92} allowDecimals={axis.whole !== true} tickFormatter={axis.format ?? format} />
        <Tooltip
          {...tooltip(tick, reasonOf)}
          formatter={(value) =>
            Array.isArray(value) ? value.map((end) => format(Number(end))).join(" to ") : format(Number(value))
          }
        />
        {isKnown && (
          <Area
            name="Expected"
            dataKey="band"
            stroke="none"
            fill={chartColor(lines[0]?.color ?? "events")}
            fillOpacity={0.14}
            legendType="none"
            activeDot={false}
            isAnimationActive={false}
          />
        )}
        {lines.length > 1 && <Legend {...LEGEND} />}
        {lines.flatMap(({ name, color }, place) => [
          <Line key={`${place} final`} {...look(color, steps)} name={name} dataKey={`final${place}`} />,
          <Line
            key={`${place} open`}
            {...look(color, steps)}
            name={`${name}, open`}
            dataKey={`open${place}`}
            strokeDasharray="4 4"
            legendType="none"
          />,
        ])}
        {steps.some((step) => step.ahead !== null) && (
          <Line
            {...look(lines[0]?.color ?? "events", steps)}
            name="Forecast"
            dataKey="ahead"
            strokeDasharray="1 5"
            strokeLinecap="round"
            legendType="none"
          />
        )}
        {marks.map(({ step, at, value, critical }) => (
          <ReferenceDot
            key={at}
            x={step}
            y={value}
            r={critical ? 7 : 5}
            fill={chartColor("late")}
            stroke="var(--mui-palette-background-paper)"
          />
        ))}
      </ComposedChart>
    </ResponsiveContainer>
  );
});

function look(color: ChartColor, steps: Step[]) {
  return { stroke: chartColor(color), strokeWidth: 2, dot: steps.length === 1, isAnimationActive: false } as const;
}
