import { Bar, BarChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";

import { chartColor, type ChartColor } from "../app/theme";
import { FIGURE_AXIS, GRID, MARGIN, ranksHeight, TOOLTIP, VALUE_AXIS } from "./axes";

export interface Props {
  /** From the top down. */
  rows: { name: string; value: number }[];
  name: string;
  color: ChartColor;
  format: (value: number) => string;
}

/** One figure of several parts, a bar each. */
export function RankChart({ rows, name, color, format }: Props) {
  return (
    <ResponsiveContainer width="100%" height={ranksHeight(rows.length)}>
      <BarChart data={rows} layout="vertical" margin={{ ...MARGIN, right: 24 }} barCategoryGap={4}>
        <CartesianGrid {...GRID} vertical horizontal={false} />
        <XAxis {...FIGURE_AXIS} type="number" tickFormatter={format} minTickGap={40} />
        <YAxis {...VALUE_AXIS} type="category" dataKey="name" width={110} interval={0} tickFormatter={short} />
        <Tooltip
          {...TOOLTIP}
          formatter={(value) => format(Number(value))}
          cursor={{ fill: chartColor("grid") }}
          labelFormatter={(label) => (typeof label === "string" ? label : "")}
        />
        <Bar dataKey="value" name={name} fill={chartColor(color)} isAnimationActive={false} />
      </BarChart>
    </ResponsiveContainer>
  );
}

/** Names may be as long as the contract takes; the tooltip and the table have them whole. */
function short(name: string): string {
  return name.length > 15 ? `${name.slice(0, 14)}…` : name;
}
