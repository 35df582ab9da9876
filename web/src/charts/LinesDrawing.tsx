import { area, line } from "d3-shape";
import { memo, useMemo } from "react";

import { chartColor, type ChartColor } from "../app/theme";
import type { Drawn, Mark } from "./drawn";
import { flat } from "./flat";
import { LEFT, RIGHT, type Plane } from "./plane";
import { openEnd, piecesOf, same, type LineOf, type Step } from "./steps";

/** Axes, lines and marks; what the pointer does changes none of it. format: how the axis writes a value. */
export const LinesDrawing = memo(function LinesDrawing({ plane, steps, lines, marks, format, tick }: Drawn) {
  const pieces = useMemo(() => piecesOf(steps), [steps]);
  const color = lines[0]?.color ?? "events";
  const opened = openEnd(steps);
  return (
    <>
      <Axes plane={plane} format={format} tick={tick} />
      <BandOf plane={plane} steps={steps} color={color} />
      {lines.map((each, place) => (
        <g key={place} {...look(each.color)} strokeWidth={steps.length > plane.width / PIXELS ? 1 : 2}>
          {pieces.map(({ key, steps: some }) => (
            <Final key={key} plane={plane} steps={some} place={place} />
          ))}
          {opened.length > 0 && <Open plane={plane} steps={opened} place={place} />}
        </g>
      ))}
      {steps.length === 1 &&
        lines.map((each, place) => <Only key={place} plane={plane} step={steps[0]} place={place} color={each.color} />)}
      <AheadOf plane={plane} steps={steps.filter(({ ahead }) => ahead !== null)} color={color} />
      <Marks plane={plane} steps={steps} marks={marks} />
    </>
  );
});

// A step that is narrower than so many pixels makes of a line of two pixels a block.
const PIXELS = 2;

interface Some {
  plane: Plane;
  steps: Step[];
}

/** Drawn anew where one of its steps is another one: a chart's other parts are left as they are, on the screen, too. */
function isAsDrawn<T extends Some>(before: T, after: T): boolean {
  const { steps, ...rest } = before;
  const others = Object.keys(rest) as (keyof Omit<T, "steps">)[];
  return same(steps, after.steps) && others.every((name) => before[name] === after[name]);
}

/** A piece of a line where it is final. */
const Final = memo(function Final({ plane, steps, place }: Some & { place: number }) {
  return <path strokeLinecap="round" d={lineOf(plane, steps, ({ final }) => final[place])} />;
}, isAsDrawn);

/** The end of a line that may still change. */
const Open = memo(function Open({ plane, steps, place }: Some & { place: number }) {
  return <path strokeDasharray="4 4" d={lineOf(plane, steps, ({ open }) => open[place])} />;
}, isAsDrawn);

const AheadOf = memo(function AheadOf({ plane, steps, color }: Some & { color: ChartColor }) {
  const path = lineOf(plane, steps, ({ ahead }) => ahead);
  return <path {...look(color)} strokeDasharray="1 5" strokeLinecap="round" d={path} />;
}, isAsDrawn);

const BandOf = memo(function BandOf({ plane, steps, color }: Some & { color: ChartColor }) {
  return <path d={bandOf(plane, steps)} fill={chartColor(color)} fillOpacity={0.14} />;
}, hasSameBand);

/** What was expected stays as it was while values come in. */
function hasSameBand(before: Some & { color: ChartColor }, after: Some & { color: ChartColor }): boolean {
  if (before.plane !== after.plane || before.color !== after.color) return false;
  if (before.steps.length !== after.steps.length) return false;
  return before.steps.every(({ band }, place) => band === after.steps[place]?.band);
}

/** A line of one step has no length: it is a dot. */
function Only({ plane, step, place, color }: { plane: Plane; step?: Step; place: number; color: ChartColor }) {
  const value = step?.final[place] ?? step?.open[place];
  if (step === undefined || value == null) return null;
  return <circle cx={plane.x(step.at)} cy={plane.y(value)} r={3} fill={chartColor(color)} />;
}

function Marks({ plane, steps, marks }: Some & { marks: Mark[] }) {
  return marks.map(({ step, at, value, critical }) => (
    <circle
      key={at}
      cx={plane.x(steps.find(({ start }) => start === step)?.at ?? Date.parse(step))}
      cy={plane.y(value)}
      r={critical ? 7 : 5}
      fill={chartColor("late")}
      stroke="var(--mui-palette-background-paper)"
    />
  ));
}

const Axes = memo(function Axes({ plane, format, tick }: Pick<Drawn, "plane" | "format" | "tick">) {
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
      <line x1={LEFT} x2={width - RIGHT} y1={y(0)} y2={y(0)} stroke="currentColor" />
      {starts.map((at) => (
        <text key={at} x={x(at)} y={bottom + 18} textAnchor="middle">
          {tick(new Date(at).toISOString())}
        </text>
      ))}
    </g>
  );
});

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
    .x(({ at }) => x(at))
    .y((step) => y(value(step) ?? 0));
  return flat(drawn, steps);
}

function bandOf({ x, y }: Plane, steps: Step[]): string {
  const drawn = area<Step>()
    .defined(({ band }) => band !== null)
    .x(({ at }) => x(at))
    .y0(({ band }) => y(band?.[0] ?? 0))
    .y1(({ band }) => y(band?.[1] ?? 0));
  return flat(drawn, steps);
}

function look(color: ChartColor) {
  return { stroke: chartColor(color), strokeWidth: 2, fill: "none" } as const;
}
