import { memo, useMemo, useState } from "react";

import { dayAndMinute, minute, onAxis } from "../view/format";
import { LINES_HEIGHT } from "./axes";
import type { Mark } from "./drawn";
import { Legend, LinesDrawing } from "./LinesDrawing";
import { extent, planeOf } from "./plane";
import { StepPicker } from "./StepPicker";
import { stepsKept, timesOf, type Ahead, type Band, type LineOf } from "./steps";
import { useInTurn } from "./useInTurn";
import { useSeen } from "./useSeen";
import { useWidth } from "./useWidth";

export interface Props {
  /** The start of each step, oldest first, and whether it may still change. */
  starts: string[];
  open: boolean[];
  lines: LineOf[];
  /** One for each step, where the figure was expected; null where that is not known. */
  band?: (Band | null)[];
  marks?: Mark[];
  /** How the first line goes on. */
  ahead?: Ahead[];
  format: (value: number) => string;
  /** How the axis writes it, where shorter; counts have no tick between two of them. */
  axis?: { format?: (value: number) => string; whole?: boolean };
  /** How a step's start is written. */
  tick?: (start: string) => string;
  /** Whether lines are named below; unasked, where there are several. */
  legend?: boolean;
  /** Called with the start of the step that was clicked. */
  onPick?: (start: string) => void;
}

const HOST = { position: "relative", minHeight: LINES_HEIGHT } as const;
const NO_BAND: (Band | null)[] = [];
const NO_MARKS: Mark[] = [];
const NOTHING_AHEAD: Ahead[] = [];

/**
 * Figures over time, a line each. What may still change is dashed; a click picks a step; marks are told by the tooltip.
 * It is drawn once a second while events come in, so it is drawn by hand: a chart library took longer than a frame (ADR 0049).
 */
export const LinesChart = memo(function LinesChart(props: Props) {
  const [host, measured] = useWidth<HTMLDivElement>();
  const seen = useSeen(host);
  // All of a page are laid out at once, and would be drawn at once.
  const width = useInTurn(measured);
  return (
    <div ref={host} style={HOST}>
      {width > 0 && <Lines {...props} width={width} seen={seen} />}
    </div>
  );
});

interface LinesProps extends Props {
  width: number;
  /** Out of sight it stays as it was first drawn. */
  seen: boolean;
}

const Lines = memo(function Lines(props: LinesProps) {
  const { starts, open, lines, band = NO_BAND, marks = NO_MARKS, ahead = NOTHING_AHEAD } = props;
  const { format, axis = {}, tick = minute, legend = lines.length > 1, onPick, width } = props;
  const [stepsOf] = useState(stepsKept);
  const steps = useMemo(
    () => stepsOf({ starts, open, lines, band, ahead }),
    [stepsOf, starts, open, lines, band, ahead],
  );
  // Day and minute beside each other have room for one or two times.
  const name = tick === dayAndMinute ? onAxis : tick;
  // A figure that comes in moves neither axis, as a rule: what hangs on them alone stays as it is.
  const [low, high] = extent(steps);
  const times = useMemo(() => timesOf(starts, ahead), [starts, ahead]);
  const plane = useMemo(
    () => planeOf({ width, height: LINES_HEIGHT, times, low, high, whole: axis.whole === true, name }),
    [width, times, low, high, axis.whole, name],
  );
  const drawn = { plane, steps, lines, marks, tick };
  return (
    <>
      <StepPicker {...drawn} format={format} onPick={onPick}>
        <LinesDrawing {...drawn} tick={name} format={axis.format ?? format} />
      </StepPicker>
      {legend && <Legend lines={lines} />}
    </>
  );
}, isAsDrawn);

function isAsDrawn(before: LinesProps, after: LinesProps): boolean {
  if (!after.seen && after.width === before.width) return true;
  return (Object.keys({ ...before, ...after }) as (keyof LinesProps)[]).every((name) => before[name] === after[name]);
}
