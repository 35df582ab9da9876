import type { ChartColor } from "../app/theme";
import { LinesChart, type Props as Lines } from "./LinesChart";

export interface MinutePoint {
  start: string;
  open: boolean;
  value: number | null;
}

interface Props extends Pick<Lines, "band" | "marks" | "ahead" | "format" | "onPick" | "tick"> {
  points: MinutePoint[];
  name: string;
  color: ChartColor;
}

/** One figure over time, oldest first. */
export function MinuteChart({ points, name, color, ...more }: Props) {
  return (
    <LinesChart
      starts={points.map(({ start }) => start)}
      open={points.map(({ open }) => open)}
      lines={[{ name, color, values: points.map(({ value }) => value) }]}
      {...more}
    />
  );
}
