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
import { useForecasts } from "./ahead";
import { useJudged, type Series } from "./judged";
import type { OverTime } from "./minutes";
import { Unlike } from "./Unlike";
import { useChoices } from "./useChoices";

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
  const { range } = useView();
  const minutely = RANGES[range].step === "1m";
  const pick = usePick();
  const currencies = Object.keys(over.net);
  const { shown, looksAhead, choices } = useChoices(currencies);
  const figures = figuresOf(over, shown);
  const { judged, error } = useJudged(figures, span);
  const { forecasts, error: unforeseen } = useForecasts(figures, looksAhead);
  return (
    <>
      {choices}
      {error !== null && <Unknown what="What was to be expected is not known." error={error} />}
      {unforeseen !== null && <Unknown what="How it goes on is not known." error={unforeseen} />}
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
              ahead={forecasts[place]?.ahead}
              onPick={minutely ? pick : undefined}
              tick={minutely ? minute : dayAndMinute}
            />
            {forecasts[place] && (
              <Typography variant="body2" color="text.secondary">
                Forecast: {forecasts[place].note}
              </Typography>
            )}
            <Unlike title={title} metric={metric} currency={currency} marks={judged[place]?.marks ?? []} />
          </ChartPanel>
        ))}
      </Box>
      <Typography variant="body2" color="text.secondary">
        A dashed line may still change.{minutely && " Click a minute to see what it is made of."}
        {looksAhead && " Dotted is how it should go on, within the shaded range for four of five steps."}
        {judged.some(({ band }) => band.some((each) => each !== null)) &&
          " Shaded is where the mean of the last minutes was to be expected, after the days before."}
        {judged.some(({ marks }) => marks.length > 0) && " From a dot on, a figure was unlike the days before."}
      </Typography>
    </>
  );
}

/** Leads from a minute to what it is made of. */
function usePick(): (start: string) => void {
  const navigate = useNavigate();
  const { range, asOf } = useView();
  const search = shared(new URLSearchParams({ range, ...(asOf === null ? {} : { as_of: asOf }) }).toString());
  return (start) => void navigate({ pathname: `/explain/${encodeURIComponent(start)}`, search });
}

function Unknown({ what, error }: { what: string; error: unknown }) {
  return (
    <Alert severity="warning" variant="outlined">
      {what} {problemOf(error).detail}
    </Alert>
  );
}

/** shown: of which currencies money is drawn. */
function figuresOf({ net, conversion, events }: OverTime, shown: string[]): Figure[] {
  const earned = shown.map((currency): Figure => ({
    title: `Net revenue over time, ${currency}`,
    name: "Net",
    color: "money",
    metric: "net",
    currency,
    points: net[currency] ?? [],
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
