import { Alert, Box, Typography } from "@mui/material";
import { useNavigate } from "react-router";

import { problemOf } from "../../api/problem";
import { columns, type ChartColor } from "../../app/theme";
import { RANGES, shared, useView } from "../../app/view";
import { ChartPanel } from "../../charts/ChartPanel";
import { tableOf } from "../../charts/csv";
import { MinuteChart } from "../../charts/MinuteChart";
import type { Span } from "../../live/span";
import { count, dayAndMinute, minute, money, percent } from "../../view/format";
import { useJudged, type Series } from "./judged";
import type { OverTime } from "./minutes";
import { Unlike } from "./Unlike";

interface Props {
  over: OverTime;
  /** What the charts are of. */
  facts: string[];
  span: Span;
}

interface Figure extends Series {
  title: string;
  name: string;
  color: ChartColor;
  format: (value: number) => string;
}

/** Money, conversion and events of the range, step by step. */
export function Charts({ over, facts, span }: Props) {
  const navigate = useNavigate();
  const { range, asOf } = useView();
  const minutely = RANGES[range].step === "1m";
  const search = shared(new URLSearchParams({ range, ...(asOf === null ? {} : { as_of: asOf }) }).toString());
  const pick = (start: string): void => void navigate({ pathname: `/explain/${encodeURIComponent(start)}`, search });
  const figures = figuresOf(over);
  const { judged, error } = useJudged(figures, span);
  return (
    <>
      {error !== null && (
        <Alert severity="warning" variant="outlined">
          What was to be expected is not known. {problemOf(error).detail}
        </Alert>
      )}
      <Box sx={columns}>
        {figures.map(({ title, metric, currency, ...figure }, place) => (
          <ChartPanel
            key={`${metric} ${currency}`}
            title={title}
            facts={facts}
            table={tableOf(
              figure.points.map(({ start }) => start),
              [{ name: figure.name, values: figure.points.map(({ value }) => value) }],
            )}
          >
            <MinuteChart
              {...figure}
              {...judged[place]}
              onPick={minutely ? pick : undefined}
              tick={minutely ? minute : dayAndMinute}
            />
            <Unlike title={title} marks={judged[place]?.marks ?? []} />
          </ChartPanel>
        ))}
      </Box>
      <Typography variant="body2" color="text.secondary">
        A dashed line may still change.{minutely && " Click a minute to see what it is made of."}
        {judged.some(({ band }) => band.some((each) => each !== null)) &&
          " Shaded is where the mean of the last minutes was to be expected, after the days before."}
        {judged.some(({ marks }) => marks.length > 0) && " From a dot on, a figure was unlike the days before."}
      </Typography>
    </>
  );
}

function figuresOf({ net, conversion, events }: OverTime): Figure[] {
  const earned = Object.entries(net).map(([currency, points]): Figure => ({
    title: `Net revenue over time, ${currency}`,
    name: "Net",
    color: "money",
    metric: "net",
    currency,
    points,
    format: (value) => money(String(value), currency),
  }));
  return [
    ...earned,
    {
      title: "Conversion over time",
      name: "Conversion",
      color: "rate",
      metric: "conversion_rate",
      currency: null,
      points: conversion,
      format: (value) => percent(String(value)),
    },
    {
      title: "Events over time",
      name: "Events",
      color: "events",
      metric: "events",
      currency: null,
      points: events,
      format: count,
    },
  ];
}
