import { Paper, Typography } from "@mui/material";
import { line } from "d3-shape";
import { memo, useMemo, type ReactNode } from "react";

import { chartColor, type ChartColor } from "../../app/theme";
import { flat } from "../../charts/flat";
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
  before: Before;
}

/** A figure of the range before; "asked" while it is awaited, "not known" where that failed. */
export type Before = number | null | "asked" | "not known";

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

// What is less is written as nothing: it is no change that could be seen.
const LEAST = 0.0005;

export function changeOf(now: number | null, before: Before): string {
  if (before === "asked") return "…";
  if (before === "not known") return "the range before is not known";
  if (now === null || before === null) return "no figures before";
  if (before === 0) return "none in the range before";
  // A shop that has just begun: so many percent say nothing to anybody.
  if (before > 0 && now / before > MANY_TIMES) return `▲ ${count(Math.round(now / before))} times the range before`;
  // More refunds than sales make money negative; more of it is a rise all the same.
  const change = (now - before) / Math.abs(before);
  if (Math.abs(change) < LEAST) return `= ${percent("0")} against the range before`;
  return `${change > 0 ? "▲ +" : "▼ "}${percent(String(change))} against the range before`;
}

/** The course alone; the charts below have the figures. */
const Sparkline = memo(function Sparkline({ course, color }: { course: Values; color: ChartColor }) {
  const path = useMemo(() => pathOf(coarse(course)), [course]);
  return (
    <svg viewBox="0 0 100 30" preserveAspectRatio="none" aria-hidden style={COURSE}>
      {/* With round ends one figure alone is a dot. */}
      <path
        d={path}
        fill="none"
        stroke={chartColor(color)}
        strokeWidth={1.5}
        strokeLinecap="round"
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  );
});

/** Within the drawing, whatever the figures: from nothing, or the lowest where that is below it, to the highest. A gap where there is none. */
export function pathOf(values: Values): string {
  const known = values.filter((value) => value !== null);
  const [low, high] = [Math.min(0, ...known), Math.max(0, ...known)];
  const width = Math.max(values.length - 1, 1);
  const drawn = line<number | null>()
    .defined((value) => value !== null)
    .x((_, index) => (index / width) * 100)
    .y((value) => 29 - (((value ?? 0) - low) / (high - low || 1)) * 27);
  return flat(drawn, values);
}

// A card is some 200 pixels wide.
const MOST_POINTS = 100;

/** The means of so many stretches of equal length, the last one maybe shorter; of figures there are none of there is no mean. */
export function coarse(course: Values): Values {
  const length = Math.ceil(course.length / MOST_POINTS);
  return Array.from({ length: Math.ceil(course.length / length) || 0 }, (_, place) => {
    const some = course.slice(place * length, (place + 1) * length).filter((value) => value !== null);
    return some.length === 0 ? null : some.reduce((sum, value) => sum + value, 0) / some.length;
  });
}

const COURSE = { width: "100%", height: 32, display: "block", marginBlock: 4 } as const;
