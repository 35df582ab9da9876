// Events and revenue of the last 60 minutes, drawn to the width that there is; one minute can be looked at.

import { drawColumns, makeColumns } from "./columns.js";
import { makeCurrencies } from "./currencies.js";
import { byId, fit, setAttributes, setText, svg } from "./dom.js";
import { minuteOf } from "./format.js";
import { MINUTES, describe, minutesOf } from "./minutes.js";

const KEYS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10, Home: -MINUTES, End: MINUTES };

export function makeChart() {
  const frame = byId("chart");
  const events = makeColumns("events");
  const revenue = makeColumns("revenue");
  const parts = { band: svg("rect", { class: "band" }), axis: svg("g", { class: "axis" }) };
  const root = svg("svg", { "aria-hidden": "true" }, hatches(), parts.band, events.group, revenue.group, parts.axis);
  frame.append(root);
  const currencies = makeCurrencies(draw);
  let minutes = [];
  // Minutes before the newest one; null follows the newest.
  let back = null;

  const selected = () => MINUTES - 1 - (back ?? 0);

  function draw() {
    if (!frame.clientWidth) return;
    const layout = layoutOf(frame);
    setAttributes(root, { viewBox: `0 0 ${layout.width} ${layout.height}`, width: layout.width, height: layout.height });
    if (!minutes.length) return;
    const currency = currencies.chosen();
    const counts = minutes.map(({ window }) => (window ? window.events : null));
    const nets = minutes.map(({ money }) => (money.has(currency) ? Number(money.get(currency).net) : null));
    drawColumns(events, { title: "Events a minute", minutes, values: counts, box: layout.events });
    drawColumns(revenue, { title: `Revenue a minute, net, ${currency}`, minutes, values: nets, box: layout.revenue });
    drawAxis(parts.axis, minutes, layout);
    drawSelected();
  }

  function drawSelected() {
    const { events: box, height } = layoutOf(frame);
    const step = box.width / MINUTES;
    const text = describe(minutes[selected()], currencies.chosen());
    setAttributes(parts.band, { x: box.left + selected() * step, y: 0, width: step, height });
    setAttributes(frame, { "aria-valuenow": selected(), "aria-valuetext": text });
    setText(byId("readout"), text);
  }

  function select(minutesBack) {
    back = minutesBack;
    if (minutes.length) drawSelected();
  }

  setAttributes(frame, { "aria-valuemin": 0, "aria-valuemax": MINUTES - 1, "aria-valuenow": MINUTES - 1 });
  frame.addEventListener("pointermove", (event) => select(backAt(event, frame)));
  frame.addEventListener("pointerleave", () => select(null));
  frame.addEventListener("blur", () => select(null));
  frame.addEventListener("keydown", (event) => {
    if (!(event.key in KEYS)) return;
    event.preventDefault();
    select(Math.min(MINUTES - 1, Math.max(0, (back ?? 0) - KEYS[event.key])));
  });
  new ResizeObserver(draw).observe(frame);
  return {
    tell(message) {
      minutes = minutesOf(message);
      currencies.tell(message);
      draw();
    },
  };
}

function layoutOf(frame) {
  const unit = parseFloat(getComputedStyle(frame).fontSize);
  const width = frame.clientWidth;
  const left = unit * 3.2;
  const tall = Math.round(Math.min(unit * 12, Math.max(unit * 7, width * 0.12)));
  const box = { left, width: width - left - unit * 1.3, unit };
  const events = { ...box, top: unit * 2, height: tall };
  const revenue = { ...box, top: events.top + tall + unit * 2.6, height: Math.round(tall * 0.8) };
  return { width, events, revenue, height: revenue.top + revenue.height + unit * 1.8 };
}

function backAt(event, frame) {
  const { left, width } = layoutOf(frame).events;
  const share = (event.clientX - frame.getBoundingClientRect().left - left) / width;
  return MINUTES - 1 - Math.min(MINUTES - 1, Math.max(0, Math.floor(share * MINUTES)));
}

function drawAxis(axis, minutes, { events, height }) {
  const apart = events.width / events.unit < 30 ? 20 : 10;
  const shown = minutes.flatMap(({ start }, i) => ((start / 60_000) % apart === 0 ? [i] : []));
  fit(axis, shown.length, () => svg("text")).forEach((label, k) => {
    const step = events.width / MINUTES;
    setAttributes(label, { x: events.left + (shown[k] + 0.5) * step, y: height - events.unit * 0.5 });
    setText(label, minuteOf(minutes[shown[k]].start));
  });
}

function hatches() {
  const hatch = (name) =>
    svg(
      "pattern",
      { id: `hatch-${name}`, class: name, width: 5, height: 5, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
      svg("rect", { width: 2, height: 5, fill: "currentColor" }),
    );
  return svg("defs", {}, hatch("events"), hatch("revenue"));
}
