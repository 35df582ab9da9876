import { Stack, TableCell, TableRow, Typography } from "@mui/material";
import { CartesianGrid, Line, LineChart, ReferenceLine, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";

import type { Schemas } from "../../../api/client";
import { chartColor } from "../../../app/theme";
import { useView } from "../../../app/view";
import { GRID, MARGIN, TIME_AXIS, tooltip, VALUE_AXIS } from "../../../charts/axes";
import { SavedChart } from "../../../charts/ChartPanel";
import { factsOf } from "../../../charts/facts";
import { Found } from "../../../ui/Found";
import { Panel } from "../../../ui/Panel";
import { Rows } from "../../../ui/Rows";
import { count, duration, many, NOTHING, percent } from "../../../view/format";
import { useLateness } from "./reads";

type Curve = Schemas["LatenessCurve"];

/** How late events arrived, and how long a watermark would have had to wait for them. */
export function LatenessCurve() {
  const lateness = useLateness();
  return (
    <Panel title="How late events arrive">
      <Found query={lateness} height={360}>
        {(found) =>
          found.events === 0 ? (
            "No event of this range has come in."
          ) : (
            <Measured curve={found} at={new Date(lateness.dataUpdatedAt).toISOString()} />
          )
        }
      </Found>
    </Panel>
  );
}

interface Props {
  curve: Curve;
  /** When it came in. */
  at: string;
}

function Measured({ curve, at }: Props) {
  const inForce = curve.curve.find((point) => point.in_force);
  return (
    <Stack spacing={1.5}>
      <Typography variant="body2" color="text.secondary">
        {many(curve.events, "event")}, {count(curve.late)} of them late.{" "}
        {inForce &&
          `The watermark waits ${duration(inForce.watermark_ms)}; ${percent(inForce.share)} arrived within it.`}
      </Typography>
      <Chart curve={curve} at={at} />
      <Rows figures head={["To have in time", ...curve.quantiles.map(({ share }) => percent(share))]}>
        <TableRow>
          <TableCell component="th" scope="row">
            a watermark has to wait
          </TableCell>
          {curve.quantiles.map(({ share, watermark_ms }) => (
            <TableCell key={share} align="right">
              {watermark_ms === null ? NOTHING : duration(watermark_ms)}
            </TableCell>
          ))}
        </TableRow>
      </Rows>
    </Stack>
  );
}

function Chart({ curve, at }: Props) {
  const { asOf } = useView();
  // Watermarks grow by factors, so each has the same room.
  const points = curve.curve.map(({ watermark_ms, share, in_force }) => ({
    start: duration(watermark_ms),
    share: share === null ? null : Number(share),
    in_force,
  }));
  // Down to a whole tenth, and never above all of them.
  const lowest = Math.floor(Math.min(...points.map((point) => point.share ?? 1)) * 10) / 10;
  const said = (value: unknown): string => percent(String(value));
  const facts = factsOf({ from: curve.start, to: curve.end, asOf: asOf ?? at, versions: "" });
  const table = {
    head: ["watermark_ms", "share"],
    rows: curve.curve.map(({ watermark_ms, share }) => [watermark_ms, share === null ? null : Number(share)]),
  };
  return (
    <SavedChart title="Share that arrived in time" facts={() => facts} table={() => table}>
      <ResponsiveContainer width="100%" height={240}>
        <LineChart data={points} margin={MARGIN}>
          <CartesianGrid {...GRID} />
          <XAxis {...TIME_AXIS} minTickGap={16} />
          <YAxis {...VALUE_AXIS} domain={[lowest, 1]} tickFormatter={said} />
          <Tooltip
            {...tooltip(String)}
            labelFormatter={(label) => (typeof label === "string" ? `within ${label}` : "")}
            formatter={said}
          />
          {points
            .filter((point) => point.in_force)
            .map((point) => (
              <ReferenceLine
                key={point.start}
                x={point.start}
                stroke={chartColor("late")}
                strokeDasharray="4 4"
                label={{ value: "in force", position: "insideBottomRight", fontSize: 12, fill: "currentColor" }}
              />
            ))}
          <Line
            dataKey="share"
            name="in time"
            stroke={chartColor("events")}
            strokeWidth={2}
            isAnimationActive={false}
          />
        </LineChart>
      </ResponsiveContainer>
    </SavedChart>
  );
}
