import { Typography } from "@mui/material";
import { memo, useMemo } from "react";

import type { ChartColor } from "../../app/theme";
import { ChartPanel } from "../../charts/ChartPanel";
import { tableOf } from "../../charts/csv";
import type { Props as LinesProps } from "../../charts/LinesChart";
import { MinuteChart } from "../../charts/MinuteChart";
import { useInTurn } from "../../charts/useInTurn";
import { dayAndMinute, minute } from "../../view/format";
import type { Forecast } from "./ahead";
import type { Judged, Series } from "./judged";
import { Unlike } from "./Unlike";

export interface Figure extends Series {
  title: string;
  name: string;
  color: ChartColor;
  format: (value: number) => string;
  /** How the chart's axis writes it, where shorter. */
  axis?: LinesProps["axis"];
}

interface Props {
  figure: Figure;
  judged: Judged | undefined;
  forecast: Forecast | null | undefined;
  /** What the chart is of. */
  facts: string[];
  /** Called with the minute that was clicked; steps that are longer lead nowhere. */
  onPick: ((start: string) => void) | undefined;
}

/** One figure over time with what is odd about it and how it should go on; drawn when it is its turn. */
export function FigurePanel(props: Props) {
  return <Drawn {...useInTurn(props)} />;
}

const Drawn = memo(function Drawn({ figure, judged, forecast, facts, onPick }: Props) {
  const { title, name, points, metric, currency, color, format, axis } = figure;
  const table = useMemo(
    () =>
      tableOf(
        points.map(({ start }) => start),
        [{ name, values: points.map(({ value }) => value) }],
      ),
    [points, name],
  );
  return (
    <ChartPanel title={title} facts={facts} table={table}>
      {points.some(({ value }) => value !== null) ? (
        <MinuteChart
          points={points}
          name={name}
          color={color}
          format={format}
          axis={axis}
          {...judged}
          ahead={forecast?.ahead}
          onPick={onPick}
          tick={onPick ? minute : dayAndMinute}
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
      <Unlike title={title} metric={metric} currency={currency} marks={judged?.marks ?? []} />
    </ChartPanel>
  );
});
