// A line without axes: how a figure went over the last 60 minutes.

import { setAttributes, svg } from "./dom.js";

const HEIGHT = 20;

export function makeSparkline() {
  const line = svg("polyline", { fill: "none" });
  return svg("svg", { class: "spark", "aria-hidden": "true", preserveAspectRatio: "none" }, line);
}

// values: one a minute, null where there is none.
export function drawSparkline(spark, values) {
  const highest = Math.max(...values) || 1;
  const points = values.flatMap((value, i) => (value === null ? [] : [`${i},${HEIGHT - (value / highest) * HEIGHT}`]));
  setAttributes(spark, { viewBox: `0 -1 ${values.length - 1} ${HEIGHT + 2}` });
  setAttributes(spark.firstElementChild, { points: points.join(" ") });
}
