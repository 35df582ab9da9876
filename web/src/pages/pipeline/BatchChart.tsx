import { Typography } from "@mui/material";
import { Bar, BarChart, CartesianGrid, Legend, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";

import { chartColor, type ChartColor } from "../../app/theme";
import { GRID, LEGEND, MARGIN, TIME_AXIS, TOOLTIP, VALUE_AXIS, WIDEST_BAR } from "../../charts/axes";
import { SavedChart } from "../../charts/ChartPanel";
import { duration, moment } from "../../view/format";
import type { Batch } from "./reads";

const STAGES: [string, ChartColor][] = [
  ["refine", "events"],
  ["dedupe", "users"],
  ["silver", "money"],
  ["gold", "late"],
];

type Took = { batch: number } & Record<string, number>;

/** How long each stage of each batch took, the newest on the right. batches: the newest first. */
export function BatchChart({ batches }: { batches: Batch[] }) {
  const data = batches
    .flatMap(({ batch, timing }): Took[] => (timing === null ? [] : [{ batch, ...timing.took_us }]))
    .reverse();
  if (data.length === 0) {
    return <Typography variant="body2">How long they took is no longer in the log.</Typography>;
  }
  const table = {
    head: ["batch", ...STAGES.map(([name]) => `${name}_us`)],
    rows: data.map(({ batch, ...took }) => [batch, ...STAGES.map(([name]) => took[name] ?? null)]),
  };
  return (
    <SavedChart title="How long each stage took" facts={() => factsOf(batches)} table={() => table}>
      <ResponsiveContainer width="100%" height={220}>
        <BarChart data={data} margin={MARGIN} barCategoryGap={1} maxBarSize={WIDEST_BAR}>
          <CartesianGrid {...GRID} />
          <XAxis {...TIME_AXIS} dataKey="batch" />
          <YAxis {...VALUE_AXIS} tickFormatter={ofMicroseconds} />
          <Tooltip
            {...TOOLTIP}
            cursor={{ fill: chartColor("grid") }}
            labelFormatter={(label) => (typeof label === "number" ? `Batch ${label}` : "")}
            formatter={(value) => ofMicroseconds(Number(value))}
          />
          <Legend {...LEGEND} />
          {STAGES.map(([name, color]) => (
            <Bar key={name} dataKey={name} stackId="stages" fill={chartColor(color)} isAnimationActive={false} />
          ))}
        </BarChart>
      </ResponsiveContainer>
    </SavedChart>
  );
}

function factsOf(batches: Batch[]): string[] {
  const [newest, oldest] = [batches[0], batches.at(-1)];
  if (newest === undefined || oldest === undefined) return [];
  const times = `${moment(oldest.committed_at)} to ${moment(newest.committed_at)}`;
  return [`Batches ${oldest.batch} to ${newest.batch}, complete from ${times}`];
}

function ofMicroseconds(us: number): string {
  return us === 0 ? "0" : duration(us / 1_000);
}
