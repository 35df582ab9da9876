import { Bar, BarChart, CartesianGrid, Legend, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";

import type { Schemas } from "../../api/client";
import { chartColor, type ChartColor } from "../../app/theme";
import { count, dayAndMinute, minute } from "../../view/format";
import { barsOf } from "./overTime";

const COLORS: ChartColor[] = ["events", "rate", "money", "users", "late"];

/** How many records came into quarantine, by reason, over the range. */
export function ReasonChart({ summary }: { summary: Schemas["QuarantineSummary"] }) {
  const { reasons, steps } = barsOf(summary, COLORS.length);
  const tick = Date.parse(summary.end) - Date.parse(summary.start) > 86_400_000 ? dayAndMinute : minute;
  return (
    <ResponsiveContainer width="100%" height={240}>
      <BarChart data={steps} margin={{ top: 8, right: 8, bottom: 0, left: 0 }} barCategoryGap={1}>
        <CartesianGrid vertical={false} stroke={chartColor("grid")} />
        <XAxis
          dataKey="start"
          tickFormatter={tick}
          minTickGap={40}
          tickLine={false}
          stroke="currentColor"
          fontSize={12}
        />
        <YAxis
          width={48}
          allowDecimals={false}
          tickFormatter={count}
          tickLine={false}
          axisLine={false}
          stroke="currentColor"
          fontSize={12}
        />
        <Tooltip
          isAnimationActive={false}
          labelFormatter={(label) => (typeof label === "string" ? `${dayAndMinute(label)} UTC` : "")}
          formatter={(value) => count(Number(value))}
          contentStyle={{ background: "var(--mui-palette-background-paper)", border: 0 }}
          cursor={{ fill: chartColor("grid") }}
        />
        <Legend iconSize={10} itemSorter={null} wrapperStyle={{ fontSize: 12 }} />
        {reasons.map((reason, index) => (
          <Bar
            key={reason}
            dataKey={(bar: Record<string, number>) => bar[reason] ?? 0}
            name={reason}
            stackId="all"
            fill={chartColor(COLORS[index] ?? "late")}
            isAnimationActive={false}
          />
        ))}
      </BarChart>
    </ResponsiveContainer>
  );
}
