import { useState, type KeyboardEvent, type PointerEvent, type ReactNode } from "react";

import { chartColor } from "../app/theme";
import type { Drawn } from "./drawn";
import type { Plane } from "./plane";
import { StepTooltip } from "./StepTooltip";
import type { LineOf, Step } from "./steps";

interface Props extends Drawn {
  onPick: ((start: string) => void) | undefined;
  /** What is drawn. */
  children: ReactNode;
}

/** The drawing, read step by step with the pointer or the arrow keys; a click or Enter picks the step. */
export function StepPicker({ onPick, children, ...drawn }: Props) {
  const { plane, steps } = drawn;
  const [start, setStart] = useState<string | null>(null);
  const place = steps.findIndex((step) => step.start === start);
  const step = steps[place];
  const point = ({ currentTarget, clientX }: PointerEvent<SVGSVGElement>): void =>
    setStart(nearest(plane, steps, clientX - currentTarget.getBoundingClientRect().left));
  const press = (event: KeyboardEvent): void => {
    if (event.key === "Escape") setStart(null);
    else if (event.key === "Enter" && step !== undefined) onPick?.(step.start);
    else {
      const next = reached(event.key, place, steps.length);
      if (next === null) return;
      setStart(steps[next]?.start ?? null);
      event.preventDefault();
    }
  };
  return (
    <>
      <svg
        role="application"
        aria-label="Chart: the arrow keys tell it step by step, Page Up and Page Down a tenth of it at once"
        tabIndex={0}
        width={plane.width}
        height={plane.height}
        style={{ display: "block", cursor: onPick && "pointer" }}
        onPointerMove={point}
        onPointerLeave={() => setStart(null)}
        onBlur={() => setStart(null)}
        onKeyDown={press}
        onClick={() => step !== undefined && onPick?.(step.start)}
      >
        {children}
        {step !== undefined && <Cursor plane={plane} step={step} lines={drawn.lines} />}
      </svg>
      {step !== undefined && <StepTooltip {...drawn} step={step} />}
    </>
  );
}

function Cursor({ plane, step, lines }: { plane: Plane; step: Step; lines: LineOf[] }) {
  const x = plane.x(step.at);
  return (
    <g pointerEvents="none">
      <line x1={x} x2={x} y1={0} y2={plane.bottom} stroke={chartColor("grid")} />
      {lines.map(({ color }, place) => {
        const value = step.final[place] ?? step.open[place];
        return value == null ? null : (
          <circle
            key={place}
            cx={x}
            cy={plane.y(value)}
            r={4}
            fill={chartColor(color)}
            stroke="var(--mui-palette-background-paper)"
          />
        );
      })}
    </g>
  );
}

function nearest({ x }: Plane, steps: Step[], at: number): string | null {
  let found: string | null = null;
  let least = Infinity;
  for (const step of steps) {
    const off = Math.abs(x(step.at) - at);
    if (off < least) [found, least] = [step.start, off];
  }
  return found;
}

/** The step that a key leads to from that at `place`, or from none, which is -1; null for a key that leads nowhere. */
export function reached(key: string, place: number, steps: number): number | null {
  const last = steps - 1;
  if (key === "Home") return 0;
  if (key === "End") return last;
  const by = stride(key, steps);
  if (by === null) return null;
  if (place < 0) return by < 0 ? last : 0;
  return Math.min(Math.max(place + by, 0), last);
}

/** How far a key goes: of many steps one alone is hardly seen, so that others leap over a tenth of them. */
function stride(key: string, steps: number): number | null {
  const leap = Math.max(1, Math.round(steps / 10));
  return { ArrowRight: 1, ArrowLeft: -1, PageDown: leap, PageUp: -leap }[key] ?? null;
}
