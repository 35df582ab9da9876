// The newest windows with their states.

import { byId, el, fit, setAttributes, setText } from "./dom.js";
import { count, minuteOf, percent } from "./format.js";
import { correctionOf, reasonOf, stateOf } from "./minutes.js";

const SHOWN = 12;

export function tellWindows({ windows }) {
  const shown = windows.slice(0, SHOWN);
  fit(byId("windows"), shown.length, makeRow).forEach((row, i) => drawRow(row.children, shown[i]));
}

function makeRow() {
  const reason = el("span", { class: "reason" }, el("span"), el("span", { class: "when" }));
  const state = el("td", {}, el("span", { class: "chip" }), " ", reason);
  const number = (roomy) => el("td", { class: roomy ? "number roomy" : "number" });
  return el("tr", {}, el("th", { scope: "row" }), state, number(false), number(true), number(true), number(false));
}

function drawRow([minute, shownState, events, users, conversion, late], window) {
  const [chip, reason] = shownState.children;
  const state = stateOf(window);
  setText(minute, minuteOf(window.window_start));
  setText(chip, state);
  setAttributes(chip, { "data-state": state });
  const [by, when] = state === "corrected" ? correctionOf(window) : ["", ""];
  setText(reason.children[0], by);
  setText(reason.children[1], when);
  setAttributes(reason, { title: state === "corrected" ? reasonOf(window) : "" });
  setText(events, count(window.events));
  setText(users, count(window.active_users));
  setText(conversion, percent(window.conversion_rate));
  setText(late, count(window.late_events));
}
