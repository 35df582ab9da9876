import { useMemo } from "react";

import type { ChartColor } from "../app/theme";
import { LinesChart } from "./lazy";
import type { Props as Lines } from "./LinesChart";

export interface MinutePoint {
  start: string;
  open: boolean;
  value: number | null;
}

interface Props extends Pick<Lines, "band" | "marks" | "ahead" | "format" | "axis" | "onPick" | "tick"> {
  points: MinutePoint[];
  name: string;
  color: ChartColor;
}

/** One figure over time, oldest first. */
export function MinuteChart({ points, name, color, ...more }: Props) {
  const drawn = useMemo(
    () => ({
      starts: points.map(({ start }) => start),
      open: points.map(({ open }) => open),
      lines: [{ name, color, values: points.map(({ value }) => value) }],
    }),
    [points, name, color],
  );
  return <LinesChart {...drawn} {...more} />;
}
