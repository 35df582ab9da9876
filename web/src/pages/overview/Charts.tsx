import { Alert, Box, Typography } from "@mui/material";
import { memo, useCallback, useMemo } from "react";
import { useLocation, useNavigate } from "react-router";

import { problemOf } from "../../api/problem";
import { chartColumns } from "../../app/theme";
import { RANGES, shared, useView } from "../../app/view";
import type { Span } from "../../live/span";
import { Loading } from "../../ui/Panel";
import { Said } from "../../ui/Said";
import { count, day, dayAndMinute, minute, moneyIn, roundMoneyIn, share } from "../../view/format";
import { useForecasts } from "./ahead";
import { FigurePanel, type Figure } from "./FigurePanel";
import { useJudgement } from "./judged";
import { asTold, type OverTime, type Values } from "./minutes";
import { useMoney } from "./reads";
import { useChoices } from "./useChoices";

const COUNTS = { whole: true };

interface Props {
  over: OverTime;
  /** What the charts are of. */
  facts: () => string[];
  span: Span;
}

/** Money, conversion and events of the range, step by step. */
export const Charts = memo(function Charts({ over, facts, span }: Props) {
  const { range, step } = useView();
  const minutely = step === "1m";
  const pick = usePick();
  const money = useMoney(span.from, span.to);
  const names = asTold(Object.keys(over.net), money.data?.data ?? []).join(" ");
  const currencies = useMemo(() => names.split(" ").filter((name) => name !== ""), [names]);
  const { shown, looksAhead, detector, choices } = useChoices(currencies);
  const figures = useMemo(() => figuresOf(shown), [shown]);
  const { odd, expected, error } = useJudgement(figures, span, detector);
  const { forecasts, error: unforeseen } = useForecasts(figures, looksAhead);
  // In another order they would change places under the eye that reads them.
  if (money.isPending) return <Loading height={520} />;
  return (
    <>
      {choices}
      {error !== null && <Unknown what="What was to be expected is not known." error={error} />}
      {unforeseen !== null && <Unknown what="How it goes on is not known." error={unforeseen} />}
      <Box sx={chartColumns}>
        {figures.map((figure, place) => (
          <FigurePanel
            key={figure.title}
            figure={figure}
            values={valuesOf(over, figure)}
            starts={over.starts}
            open={over.open}
            odd={odd}
            expected={expected[place]}
            forecast={forecasts[place]}
            facts={facts}
            onPick={minutely ? pick : undefined}
            tick={step === "1d" ? day : RANGES[range].minutes > RANGES["1h"].minutes ? dayAndMinute : minute}
          />
        ))}
      </Box>
      <Typography variant="body2" color="text.secondary">
        A dashed line may still change.{minutely && " Click a minute to see what it is made of."}
        {looksAhead && " Dotted is how it should go on, within the shaded range for four of five steps."}
        {expected.some((bands) => bands !== undefined && bands.size > 0) &&
          " Shaded is where the mean of the last minutes was to be expected, after the days before."}
        {odd.some(({ metric }) => figures.some((figure) => figure.metric === metric)) &&
          " From a dot on, a figure was unlike the days before."}
      </Typography>
    </>
  );
});

/** Leads from a minute to what it is made of. */
function usePick(): (start: string) => void {
  const navigate = useNavigate();
  const { search: address } = useLocation();
  const search = shared(address);
  return useCallback(
    (start: string) => void navigate({ pathname: `/explain/${encodeURIComponent(start)}`, search }),
    [navigate, search],
  );
}

function Unknown({ what, error }: { what: string; error: unknown }) {
  return (
    <Alert severity="warning" variant="outlined">
      {what} <Said>{problemOf(error).detail}</Said>
    </Alert>
  );
}

/** shown: of which currencies money is drawn. */
function figuresOf(shown: string[]): Figure[] {
  const earned = shown.map((currency): Figure => ({
    title: `Net revenue over time, ${currency}`,
    name: "Net",
    color: "money",
    metric: "net",
    currency,
    format: moneyIn(currency),
    axis: roundMoneyIn(currency),
  }));
  return [
    ...earned,
    {
      title: "Conversion over time",
      name: "Conversion",
      color: "rate",
      metric: "conversion_rate",
      currency: null,
      format: share,
    },
    {
      title: "Events over time",
      name: "Events",
      color: "events",
      metric: "events",
      currency: null,
      format: count,
      axis: COUNTS,
    },
  ];
}

const NONE: Values = [];

function valuesOf({ net, conversion, events }: OverTime, { metric, currency }: Figure): Values {
  if (currency !== null) return net[currency] ?? NONE;
  return metric === "events" ? events : conversion;
}
