import { Typography } from "@mui/material";
import { memo, useCallback, useMemo } from "react";

import type { ChartColor } from "../../app/theme";
import { ChartPanel } from "../../charts/ChartPanel";
import { tableOf } from "../../charts/csv";
import type { Props as LinesProps } from "../../charts/LinesChart";
import { LinesChart } from "../../charts/lazy";
import { useInTurn } from "../../charts/useInTurn";
import type { Forecast } from "./ahead";
import { bandOf, marksOf, oddOf, type Expected, type Judgement, type Series } from "./judged";
import type { Values } from "./minutes";
import { Unlike } from "./Unlike";

export interface Figure extends Series {
  title: string;
  name: string;
  color: ChartColor;
  format: (value: number) => string;
  /** How the chart's axis writes it, where shorter. */
  axis?: LinesProps["axis"];
}

interface Props extends Pick<LinesProps, "starts" | "open" | "onPick" | "tick"> {
  figure: Figure;
  values: Values;
  odd: Judgement["odd"];
  expected: Expected | undefined;
  forecast: Forecast | null | undefined;
  /** What the chart is of. */
  facts: () => string[];
}

/** One figure over time with what is odd about it and how it should go on; drawn when it is its turn. */
export function FigurePanel(props: Props) {
  return <Drawn {...useInTurn(props)} />;
}

const Drawn = memo(function Drawn({ figure, values, odd, expected, forecast, facts, ...chart }: Props) {
  const { title, name, metric, currency, color, format, axis } = figure;
  const { starts } = chart;
  const lines = useMemo(() => [{ name, color, values }], [name, color, values]);
  const band = useMemo(() => bandOf(starts, expected), [starts, expected]);
  const own = useMemo(() => oddOf({ metric, currency }, starts, odd), [metric, currency, starts, odd]);
  const marks = useMemo(() => marksOf(own, starts, values), [own, starts, values]);
  const table = useCallback(() => tableOf(starts, lines), [starts, lines]);
  return (
    <ChartPanel title={title} facts={facts} table={table}>
      {values.some((value) => value !== null) ? (
        <LinesChart
          {...chart}
          lines={lines}
          band={band}
          marks={marks}
          ahead={forecast?.ahead}
          format={format}
          axis={axis}
        />
      ) : (
        // Of all figures it is the share that may be none.
        "Nobody viewed anything in this range, so there is no share of those who bought."
      )}
      {forecast && (
        <Typography variant="body2" color="text.secondary">
          Forecast: {forecast.note}
        </Typography>
      )}
      <Unlike title={title} metric={metric} currency={currency} marks={marks} />
    </ChartPanel>
  );
});
