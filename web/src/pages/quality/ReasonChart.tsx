import { Bar, BarChart, CartesianGrid, Legend, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";

import type { Schemas } from "../../api/client";
import { chartColor, PART_COLORS } from "../../app/theme";
import { GRID, LEGEND, MARGIN, TIME_AXIS, tooltip, VALUE_AXIS, WIDEST_BAR } from "../../charts/axes";
import { SavedChart } from "../../charts/ChartPanel";
import { tableOf } from "../../charts/csv";
import { count, dayAndMinute, minute } from "../../view/format";
import { barsOf } from "./overTime";

/** How many records came into quarantine, by reason, over the range. facts: what it is of, for its picture. */
export function ReasonChart({ summary, facts }: { summary: Schemas["QuarantineSummary"]; facts: string[] }) {
  const { reasons, steps } = barsOf(summary, PART_COLORS.length);
  const tick = Date.parse(summary.end) - Date.parse(summary.start) > 86_400_000 ? dayAndMinute : minute;
  const table = tableOf(
    steps.map(({ start }) => start),
    reasons.map((name) => ({ name, values: steps.map((step) => Number(step[name] ?? 0)) })),
  );
  return (
    <SavedChart title="Rejected records over time" facts={() => facts} table={() => table}>
      <ResponsiveContainer width="100%" height={240}>
        <BarChart data={steps} margin={MARGIN} barCategoryGap={1} maxBarSize={WIDEST_BAR}>
          <CartesianGrid {...GRID} />
          <XAxis {...TIME_AXIS} tickFormatter={tick} />
          <YAxis {...VALUE_AXIS} allowDecimals={false} tickFormatter={count} />
          <Tooltip
            {...tooltip(dayAndMinute)}
            formatter={(value) => count(Number(value))}
            cursor={{ fill: chartColor("grid") }}
          />
          <Legend {...LEGEND} />
          {reasons.map((reason, index) => (
            <Bar
              key={reason}
              dataKey={(bar: Record<string, number>) => bar[reason] ?? 0}
              name={reason}
              stackId="all"
              fill={chartColor(PART_COLORS[index] ?? "late")}
              isAnimationActive={false}
            />
          ))}
        </BarChart>
      </ResponsiveContainer>
    </SavedChart>
  );
}
