import { CartesianGrid, Line, LineChart, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";

import { chartColor, type ChartColor } from "../app/theme";
import { minute } from "../view/format";
import { GRID, MARGIN, TIME_AXIS, tooltip, VALUE_AXIS } from "./axes";

export interface MinutePoint {
  start: string;
  open: boolean;
  value: number | null;
}

interface Props {
  points: MinutePoint[];
  name: string;
  color: ChartColor;
  format: (value: number) => string;
  /** Called with the start of the step that was clicked. */
  onPick?: (start: string) => void;
  /** How a step's start is written. */
  tick?: (start: string) => string;
}

/** Values by minute, oldest first. What may still change is dashed; a click picks a minute. */
export function MinuteChart({ points, name, color, format, onPick, tick = minute }: Props) {
  const data = points.map((point, index) => ({
    start: point.start,
    final: point.open ? null : point.value,
    // From the last final minute on, so that the line does not break.
    open: point.open || points[index + 1]?.open ? point.value : null,
  }));
  const line = {
    stroke: chartColor(color),
    strokeWidth: 2,
    dot: points.length === 1,
    isAnimationActive: false,
  } as const;
  return (
    <ResponsiveContainer width="100%" height={220}>
      <LineChart
        data={data}
        margin={MARGIN}
        onClick={({ activeLabel }) => {
          if (activeLabel !== undefined) onPick?.(String(activeLabel));
        }}
      >
        <CartesianGrid {...GRID} />
        <XAxis {...TIME_AXIS} tickFormatter={tick} />
        <YAxis {...VALUE_AXIS} width={92} tickFormatter={format} />
        <Tooltip {...tooltip(tick)} formatter={(value) => format(Number(value))} />
        <Line {...line} dataKey="final" name={name} />
        <Line {...line} dataKey="open" name={`${name}, open`} strokeDasharray="4 4" />
      </LineChart>
    </ResponsiveContainer>
  );
}
