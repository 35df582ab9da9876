import { Box, Typography } from "@mui/material";

import { chartColumns, PART_COLORS, type ChartColor } from "../../app/theme";
import { ChartPanel } from "../../charts/ChartPanel";
import { tableOf, type Table } from "../../charts/csv";
import { LinesChart, RankChart } from "../../charts/lazy";
import { day, dayAndMinute, minute, roundMoneyIn } from "../../view/format";
import type { Filter, Grain, Metric } from "./choice";
import { spelledBy } from "./figure";
import type { Answer, Question } from "./reads";
import { drawn, type Drawn } from "./series";

interface Props {
  metric: Metric;
  by: string | null;
  filters: Filter[];
  question: Question;
  found: Answer;
  /** What the charts are of. */
  facts: string[];
}

const COLORS: Partial<Record<Metric["unit"], ChartColor>> = { money: "money", share: "rate", users: "users" };

/** A chart for each currency, or the one chart of what is no money. */
export function Charts({ metric, by, filters, question, found, facts }: Props) {
  const currency = filters.find(({ dimension, operator }) => dimension === "currency" && operator === "eq")
    ?.values?.[0];
  const charts = drawn(found.rows, {
    ...found,
    metric,
    by: by === "currency" && metric.unit === "money" ? null : by,
    grain: question.grain,
    currency: currency === undefined ? null : String(currency),
  });
  return (
    <Box sx={chartColumns}>
      {charts.map((chart) => (
        <ChartPanel
          key={chart.currency ?? ""}
          title={titleOf(metric, chart.currency)}
          facts={() => facts}
          table={() => (chart.lines.length > 0 ? tableOf(chart.starts, chart.lines) : ofBars(chart, metric, by))}
        >
          <OneChart chart={chart} metric={metric} grain={question.grain} />
        </ChartPanel>
      ))}
    </Box>
  );
}

function OneChart({ chart, metric, grain }: { chart: Drawn; metric: Metric; grain: Grain }) {
  const format = (value: number): string => spelledBy(metric, String(value), chart.currency);
  const color = COLORS[metric.unit] ?? "events";
  if (chart.lines.length === 0) {
    const [only] = chart.bars;
    if (only !== undefined && chart.bars.length === 1 && only.name === metric.title) {
      return <Typography sx={{ fontSize: "1.6rem", fontWeight: 650 }}>{format(only.value)}</Typography>;
    }
    return (
      <>
        <RankChart rows={chart.bars} name={metric.title} color={color} format={format} />
        <Left drawn={chart.bars.length} of={chart.parts} />
      </>
    );
  }
  const ofDays = Date.parse(chart.starts.at(-1) ?? "") - Date.parse(chart.starts[0] ?? "") >= 86_400_000;
  const lines = chart.lines.length === 1 ? chart.lines.map((line) => ({ ...line, color })) : chart.lines;
  // The only part there is has a name, too.
  const isNamed = lines.some(({ name }) => name !== metric.title);
  return (
    <>
      <LinesChart
        starts={chart.starts}
        open={chart.open}
        lines={lines}
        format={format}
        axis={chart.currency === null ? { whole: metric.format === "integer" } : roundMoneyIn(chart.currency)}
        tick={grain === "1d" ? day : ofDays ? dayAndMinute : minute}
        legend={isNamed}
      />
      <Left drawn={Math.min(chart.lines.length, PART_COLORS.length)} of={chart.parts} />
    </>
  );
}

function ofBars({ bars }: Drawn, metric: Metric, by: string | null): Table {
  return { head: [by ?? "metric", metric.name], rows: bars.map(({ name, value }) => [name, value]) };
}

function Left({ drawn: shown, of }: { drawn: number; of: number }) {
  if (shown >= of) return null;
  return (
    <Typography variant="body2" color="text.secondary">
      Drawn are the {shown} largest of {of}; the table has all.
    </Typography>
  );
}

function titleOf(metric: Metric, currency: string | null): string {
  return currency === null ? metric.title : `${metric.title}, ${currency}`;
}
