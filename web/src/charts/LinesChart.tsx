import { CartesianGrid, Legend, Line, LineChart, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";

import { chartColor, type ChartColor } from "../app/theme";
import { minute } from "../view/format";
import { GRID, LEGEND, MARGIN, TIME_AXIS, tooltip, VALUE_AXIS } from "./axes";

export interface LineOf {
  name: string;
  color: ChartColor;
  /** One for each step; null where there is none. */
  values: (number | null)[];
}

export interface Props {
  /** The start of each step, oldest first, and whether it may still change. */
  starts: string[];
  open: boolean[];
  lines: LineOf[];
  format: (value: number) => string;
  /** How a step's start is written. */
  tick?: (start: string) => string;
  /** Called with the start of the step that was clicked. */
  onPick?: (start: string) => void;
}

interface Step {
  start: string;
  final: (number | null)[];
  open: (number | null)[];
}

/** Figures over time, a line each. What may still change is dashed; a click picks a step. */
export function LinesChart({ starts, open, lines, format, tick = minute, onPick }: Props) {
  const steps = stepsOf(starts, open, lines);
  return (
    <ResponsiveContainer width="100%" height={220}>
      <LineChart
        data={steps}
        margin={MARGIN}
        onClick={({ activeLabel }) => {
          if (activeLabel !== undefined) onPick?.(String(activeLabel));
        }}
      >
        <CartesianGrid {...GRID} />
        <XAxis {...TIME_AXIS} tickFormatter={tick} />
        <YAxis {...VALUE_AXIS} width={92} tickFormatter={format} />
        <Tooltip {...tooltip(tick)} formatter={(value) => format(Number(value))} />
        {lines.length > 1 && <Legend {...LEGEND} />}
        {lines.flatMap(({ name, color }, place) => [
          <Line
            key={`${place} final`}
            {...look(color, steps)}
            name={name}
            dataKey={(step: Step) => step.final[place] ?? null}
          />,
          <Line
            key={`${place} open`}
            {...look(color, steps)}
            name={`${name}, open`}
            dataKey={(step: Step) => step.open[place] ?? null}
            strokeDasharray="4 4"
            legendType="none"
          />,
        ])}
      </LineChart>
    </ResponsiveContainer>
  );
}

function look(color: ChartColor, steps: Step[]) {
  return { stroke: chartColor(color), strokeWidth: 2, dot: steps.length === 1, isAnimationActive: false } as const;
}

function stepsOf(starts: string[], open: boolean[], lines: LineOf[]): Step[] {
  return starts.map((start, at) => ({
    start,
    final: lines.map(({ values }) => (open[at] ? null : (values[at] ?? null))),
    // From the last final step on, so that the line does not break.
    open: lines.map(({ values }) => (open[at] || open[at + 1] ? (values[at] ?? null) : null)),
  }));
}
