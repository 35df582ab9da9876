import { Typography } from "@mui/material";
import { Bar, BarChart, CartesianGrid, Legend, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";

import { chartColor, type ChartColor } from "../../app/theme";
import { duration } from "../../view/format";
import type { Batch } from "./reads";

const STAGES: [string, ChartColor][] = [
  ["refine", "events"],
  ["dedupe", "users"],
  ["silver", "money"],
  ["gold", "late"],
];

/** How long each stage of each batch took, the newest on the right. batches: the newest first. */
export function BatchChart({ batches }: { batches: Batch[] }) {
  const data = batches
    .flatMap(({ batch, timing }) => (timing === null ? [] : [{ batch, ...timing.took_us }]))
    .reverse();
  if (data.length === 0) {
    return <Typography variant="body2">How long they took is no longer in the log.</Typography>;
  }
  const axis = { tickLine: false, stroke: "currentColor", fontSize: 12 } as const;
  return (
    <ResponsiveContainer width="100%" height={220}>
      <BarChart data={data} margin={{ top: 8, right: 8, bottom: 0, left: 0 }} barCategoryGap={1}>
        <CartesianGrid vertical={false} stroke={chartColor("grid")} />
        <XAxis dataKey="batch" minTickGap={40} {...axis} />
        <YAxis width={64} tickFormatter={ofMicroseconds} axisLine={false} {...axis} />
        <Tooltip
          isAnimationActive={false}
          cursor={{ fill: chartColor("grid") }}
          labelFormatter={(label) => (typeof label === "number" ? `Batch ${label}` : "")}
          formatter={(value) => ofMicroseconds(Number(value))}
          contentStyle={{ background: "var(--mui-palette-background-paper)", border: 0 }}
        />
        <Legend iconType="square" itemSorter={null} wrapperStyle={{ fontSize: 12 }} />
        {STAGES.map(([name, color]) => (
          <Bar key={name} dataKey={name} stackId="stages" fill={chartColor(color)} isAnimationActive={false} />
        ))}
      </BarChart>
    </ResponsiveContainer>
  );
}

function ofMicroseconds(us: number): string {
  return us === 0 ? "0" : duration(us / 1_000);
}
