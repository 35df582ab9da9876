import type { CSSProperties } from "react";

import { chartColor } from "../app/theme";
import { day, here } from "../view/format";
import { TOOLTIP } from "./axes";
import type { Drawn } from "./drawn";
import type { Step } from "./steps";

interface Props extends Omit<Drawn, "steps"> {
  step: Step;
}

const FRAME: CSSProperties = {
  ...TOOLTIP.contentStyle,
  border: "1px solid var(--mui-palette-divider)",
  borderRadius: 4,
  position: "absolute",
  top: 8,
  padding: 10,
  pointerEvents: "none",
  zIndex: 1,
};
const LIST = { listStyle: "none", margin: 0, padding: 0 } as const;

/** What a step says, in words: beside it, where there is more room. */
export function StepTooltip({ plane, step, lines, marks, format, tick }: Props) {
  const x = plane.x(step.at);
  const side = x > plane.width / 2 ? { right: plane.width - x + 12 } : { left: x + 12 };
  const reasons = marks.filter((mark) => mark.step === step.start).map(({ reason }) => `; ${reason}`);
  return (
    <div role="status" style={{ ...FRAME, ...side }}>
      <p style={{ margin: 0 }}>
        {tick(step.start)} UTC
        {tick !== day && here(step.start)}
        {reasons}
      </p>
      <ul style={LIST}>
        {step.band !== null && (
          <li style={{ color: chartColor(lines[0]?.color ?? "events") }}>
            Expected: {step.band.map(format).join(" to ")}
          </li>
        )}
        {lines.map(({ name, color }, place) => {
          const final = step.final[place];
          const value = final ?? step.open[place];
          return value == null ? null : (
            <li key={name} style={{ color: chartColor(color) }}>
              {name}
              {final == null && ", open"}: {format(value)}
            </li>
          );
        })}
        {step.ahead !== null && (
          <li style={{ color: chartColor(lines[0]?.color ?? "events") }}>Forecast: {format(step.ahead)}</li>
        )}
      </ul>
    </div>
  );
}
