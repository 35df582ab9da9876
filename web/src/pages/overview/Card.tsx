import { Paper, Typography } from "@mui/material";
import { memo, useMemo, type ReactNode } from "react";

import { chartColor, type ChartColor } from "../../app/theme";
import { ViewLink } from "../../ui/ViewLink";
import { count, percent } from "../../view/format";
import type { Values } from "./minutes";

interface HeadProps {
  name: string;
  /** What Explore calls it: there it is computed, told apart, and its statement shown. */
  metric: string;
  value: string;
  /** The figure now and in the range before; null where there is none to compare. */
  now: number | null;
  before: number | null;
}

interface Props extends HeadProps {
  /** How it went. */
  course: Values;
  color: ChartColor;
  /** A line below. */
  note?: ReactNode;
}

/** One key figure: of the range, against the range before, and how it went. */
export function Card({ course, color, note, ...head }: Props) {
  return (
    <Paper
      variant="outlined"
      sx={{ p: { xs: 1.5, sm: 2 }, minWidth: 0, containerType: "inline-size" }}
      role="group"
      aria-label={head.name}
    >
      <Head {...head} />
      <Sparkline course={course} color={color} />
      {note}
    </Paper>
  );
}

/** Drawn anew with the figures of the range, rather than with its course. */
const Head = memo(function Head({ name, metric, value, now, before }: HeadProps) {
  return (
    <>
      <ViewLink
        to="/explore"
        filters={{ metric, steps: "all" }}
        title="How it is computed, and from what"
        variant="body2"
        color="text.secondary"
      >
        {name}
      </ViewLink>
      <Typography
        sx={{
          fontSize: { xs: inOneLine(value, "1.2rem"), sm: inOneLine(value, "1.4rem") },
          fontWeight: 650,
          lineHeight: 1.3,
        }}
      >
        {value}
      </Typography>
      <Typography variant="body2" color="text.secondary">
        {changeOf(now, before)}
      </Typography>
    </>
  );
});

/** This size, or what it takes for the text to fit the card: a digit is about 0.6 of its size wide. */
function inOneLine(text: string, size: string): string {
  return `min(${size}, ${(100 / 0.62 / text.length).toFixed(1)}cqi)`;
}

const MANY_TIMES = 10;

export function changeOf(now: number | null, before: number | null): string {
  if (now === null || before === null || before === 0) return "no figures before";
  // A shop that has just begun: so many percent say nothing to anybody.
  if (now / before > MANY_TIMES) return `▲ ${count(Math.round(now / before))} times the range before`;
  const change = (now - before) / before;
  return `${change > 0 ? "▲ +" : change < 0 ? "▼ " : "= "}${percent(String(change))} against the range before`;
}

/** The course alone; the charts below have the figures. */
const Sparkline = memo(function Sparkline({ course, color }: { course: Values; color: ChartColor }) {
  const values = useMemo(() => coarse(course), [course]);
  const highest = Math.max(...values, Number.MIN_VALUE);
  const width = Math.max(values.length - 1, 1);
  const path = values.map((value, index) => `${(index / width) * 100},${29 - (value / highest) * 27}`).join(" ");
  return (
    <svg viewBox="0 0 100 30" preserveAspectRatio="none" aria-hidden style={COURSE}>
      <polyline
        points={path}
        fill="none"
        stroke={chartColor(color)}
        strokeWidth={1.5}
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  );
});

// A card is some 200 pixels wide.
const MOST_POINTS = 100;

/** The means of so many stretches of equal length, the last one maybe shorter; a figure there is none of counts as nothing. */
export function coarse(course: Values): number[] {
  const length = Math.ceil(course.length / MOST_POINTS);
  return Array.from({ length: Math.ceil(course.length / length) || 0 }, (_, place) => {
    const some = course.slice(place * length, (place + 1) * length);
    return some.reduce<number>((sum, value) => sum + (value ?? 0), 0) / some.length;
  });
}

const COURSE = { width: "100%", height: 32, display: "block", marginBlock: 4 } as const;
