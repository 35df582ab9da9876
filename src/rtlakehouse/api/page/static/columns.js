// One row of columns over the 60 minutes: final ones solid, open ones hatched and dashed, corrected ones with a mark.

import { fit, setAttributes, setText, svg } from "./dom.js";
import { short } from "./format.js";

export function makeColumns(name) {
  const title = svg("text", { class: "title" });
  const grid = svg("g", { class: "grid" });
  const bars = svg("g", { class: `bars ${name}` });
  const marks = svg("g", { class: "marks" });
  return { group: svg("g", {}, grid, bars, marks, title), title, grid, bars, marks, hatch: `url(#hatch-${name})` };
}

// box: where it goes, in pixels; values: one a minute, null where there is none.
export function drawColumns(columns, { title, minutes, values, box }) {
  setText(columns.title, title);
  setAttributes(columns.title, { x: box.left, y: box.top - box.unit * 0.5 });
  const scale = scaleOf(values, box);
  drawGrid(columns.grid, scale, box);
  const step = box.width / minutes.length;
  fit(columns.bars, minutes.length, () => svg("rect")).forEach((bar, i) => {
    const top = Math.min(scale.at(values[i] ?? 0), scale.at(0));
    const height = Math.abs(scale.at(values[i] ?? 0) - scale.at(0));
    const state = minutes[i].state;
    setAttributes(bar, { class: state, x: box.left + i * step + step * 0.12, y: top, width: step * 0.76, height });
    setAttributes(bar, { fill: state === "open" ? columns.hatch : "currentColor" });
  });
  drawMarks(columns.marks, { minutes, values, scale, box, step });
}

function drawMarks(marks, { minutes, values, scale, box, step }) {
  const corrected = minutes.flatMap((minute, i) => (minute.state === "corrected" && values[i] !== null ? [i] : []));
  fit(marks, corrected.length, () => svg("path")).forEach((mark, k) => {
    const i = corrected[k];
    const half = Math.max(3, Math.min(step * 0.38, box.unit * 0.32));
    const x = box.left + (i + 0.5) * step;
    const y = Math.min(scale.at(values[i]), scale.at(0)) - 2;
    setAttributes(mark, { d: `M${x} ${y}l${-half} ${-half * 1.5}h${half * 2}z` });
  });
}

function drawGrid(grid, scale, box) {
  fit(grid, scale.ticks.length, () => svg("g", {}, svg("line"), svg("text"))).forEach((tick, i) => {
    const y = scale.at(scale.ticks[i]);
    setAttributes(tick.children[0], { x1: box.left, x2: box.left + box.width, y1: y, y2: y });
    setAttributes(tick.children[1], { x: box.left - box.unit * 0.4, y: y + box.unit * 0.3 });
    setText(tick.children[1], short(scale.ticks[i]));
  });
}

// From the lowest tick to the highest; zero is always one of them.
function scaleOf(values, box) {
  const known = values.filter((value) => value !== null);
  const highest = Math.max(0, ...known);
  const lowest = Math.min(0, ...known);
  const step = stepOf(Math.max(highest, -lowest) || 1);
  const first = Math.floor(lowest / step);
  const last = Math.max(Math.ceil(highest / step), first + 1);
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
  const span = (last - first) * step;
  return { ticks, at: (value) => box.top + ((last * step - value) / span) * box.height };
}

// Half of the height or less, as 1, 2 or 5 times a power of ten.
function stepOf(height) {
  const power = 10 ** Math.floor(Math.log10(height / 2));
  return [5, 2, 1].map((factor) => factor * power).find((step) => step <= height / 2) ?? power;
}
