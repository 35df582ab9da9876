import { Box, Typography } from "@mui/material";
import { useNavigate } from "react-router";

import { columns, type ChartColor } from "../../app/theme";
import { RANGES, shared, useView } from "../../app/view";
import { ChartPanel } from "../../charts/ChartPanel";
import { tableOf } from "../../charts/csv";
import { MinuteChart, type MinutePoint } from "../../charts/MinuteChart";
import { count, dayAndMinute, minute, money, percent } from "../../view/format";
import type { OverTime } from "./minutes";

interface Props {
  over: OverTime;
  /** What the charts are of. */
  facts: string[];
}

interface Figure {
  title: string;
  name: string;
  color: ChartColor;
  points: MinutePoint[];
  format: (value: number) => string;
}

/** Money, conversion and events of the range, step by step. */
export function Charts({ over, facts }: Props) {
  const navigate = useNavigate();
  const { range, asOf } = useView();
  const minutely = RANGES[range].step === "1m";
  const search = shared(new URLSearchParams({ range, ...(asOf === null ? {} : { as_of: asOf }) }).toString());
  const pick = (start: string): void => void navigate({ pathname: `/explain/${encodeURIComponent(start)}`, search });
  return (
    <>
      <Box sx={columns}>
        {figuresOf(over).map(({ title, ...figure }) => (
          <ChartPanel
            key={title}
            title={title}
            facts={facts}
            table={tableOf(
              figure.points.map(({ start }) => start),
              [{ name: figure.name, values: figure.points.map(({ value }) => value) }],
            )}
          >
            <MinuteChart {...figure} onPick={minutely ? pick : undefined} tick={minutely ? minute : dayAndMinute} />
          </ChartPanel>
        ))}
      </Box>
      <Typography variant="body2" color="text.secondary">
        A dashed line may still change.{minutely && " Click a minute to see what it is made of."}
      </Typography>
    </>
  );
}

function figuresOf({ net, conversion, events }: OverTime): Figure[] {
  const earned = Object.entries(net).map(([currency, points]): Figure => ({
    title: `Net revenue over time, ${currency}`,
    name: "Net",
    color: "money",
    points,
    format: (value) => money(String(value), currency),
  }));
  return [
    ...earned,
    {
      title: "Conversion over time",
      name: "Conversion",
      color: "rate",
      points: conversion,
      format: (value) => percent(String(value)),
    },
    { title: "Events over time", name: "Events", color: "events", points: events, format: count },
  ];
}
