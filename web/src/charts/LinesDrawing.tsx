import { area, line } from "d3-shape";
import { memo } from "react";

import { chartColor, type ChartColor } from "../app/theme";
import type { Mark } from "./LinesChart";
import { LEFT, RIGHT, type Plane } from "./plane";
import type { LineOf, Step } from "./steps";

interface Props {
  plane: Plane;
  steps: Step[];
  lines: LineOf[];
  marks: Mark[];
  /** How the axis writes a value, and a step's start. */
  format: (value: number) => string;
  tick: (start: string) => string;
}

/** Axes, lines and marks; what the pointer does changes none of it. */
export const LinesDrawing = memo(function LinesDrawing({ plane, steps, lines, marks, format, tick }: Props) {
  const [first] = lines;
  return (
    <>
      <Axes plane={plane} format={format} tick={tick} />
      <path d={bandOf(plane, steps)} fill={chartColor(first?.color ?? "events")} fillOpacity={0.14} />
      {lines.flatMap(({ color }, place) => [
        <path key={`${place} final`} {...look(color)} d={lineOf(plane, steps, (step) => step[`final${place}`])} />,
        <path
          key={`${place} open`}
          {...look(color)}
          strokeDasharray="4 4"
          d={lineOf(plane, steps, (step) => step[`open${place}`])}
        />,
        steps.length === 1 && <Only key={`${place} only`} plane={plane} step={steps[0]} place={place} color={color} />,
      ])}
      <path
        {...look(first?.color ?? "events")}
        strokeDasharray="1 5"
        strokeLinecap="round"
        d={lineOf(plane, steps, ({ ahead }) => ahead)}
      />
      {marks.map(({ step, at, value, critical }) => (
        <circle
          key={at}
          cx={plane.x(step)}
          cy={plane.y(value)}
          r={critical ? 7 : 5}
          fill={chartColor("late")}
          stroke="var(--mui-palette-background-paper)"
        />
      ))}
    </>
  );
});

/** A line of one step has no length: it is a dot. */
function Only({ plane, step, place, color }: { plane: Plane; step?: Step; place: number; color: ChartColor }) {
  const value = step?.[`final${place}`] ?? step?.[`open${place}`];
  if (step === undefined || value == null) return null;
  return <circle cx={plane.x(step.start)} cy={plane.y(value)} r={3} fill={chartColor(color)} />;
}

function Axes({ plane, format, tick }: Pick<Props, "plane" | "format" | "tick">) {
  const { x, y, width, bottom, values, starts } = plane;
  return (
    <g fontSize={12} fill="currentColor">
      {values.map((value) => (
        <g key={value}>
          <line x1={LEFT} x2={width - RIGHT} y1={y(value)} y2={y(value)} stroke={chartColor("grid")} />
          <text x={LEFT - 8} y={y(value)} dy="0.35em" textAnchor="end">
            {format(value)}
          </text>
        </g>
      ))}
      <line x1={LEFT} x2={width - RIGHT} y1={bottom} y2={bottom} stroke="currentColor" />
      {starts.map((start) => (
        <text key={start} x={x(start)} y={bottom + 18} textAnchor="middle">
          {tick(start)}
        </text>
      ))}
    </g>
  );
}

/** What the lines are called, by colour. */
export function Legend({ lines }: { lines: LineOf[] }) {
  return (
    <ul className="chart-legend" style={LEGEND}>
      {lines.map(({ name, color }) => (
        <li key={name} style={{ overflowWrap: "anywhere" }}>
          <svg width={10} height={10} aria-hidden style={{ marginRight: 4 }}>
            <rect width={10} height={10} fill={chartColor(color)} />
          </svg>
          {name}
        </li>
      ))}
    </ul>
  );
}

const LEGEND = {
  display: "flex",
  flexWrap: "wrap",
  justifyContent: "center",
  columnGap: 12,
  listStyle: "none",
  margin: 0,
  padding: 0,
  fontSize: 12,
} as const;

function lineOf({ x, y }: Plane, steps: Step[], value: (step: Step) => number | null | undefined): string {
  const drawn = line<Step>()
    .defined((step) => value(step) != null)
    .x(({ start }) => x(start))
    .y((step) => y(value(step) ?? 0));
  return drawn(steps) ?? "";
}

function bandOf({ x, y }: Plane, steps: Step[]): string {
  const drawn = area<Step>()
    .defined(({ band }) => band !== null)
    .x(({ start }) => x(start))
    .y0(({ band }) => y(band?.[0] ?? 0))
    .y1(({ band }) => y(band?.[1] ?? 0));
  return drawn(steps) ?? "";
}

function look(color: ChartColor) {
  return { stroke: chartColor(color), strokeWidth: 2, fill: "none" } as const;
}
