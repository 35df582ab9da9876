// The state of the connection, the time the figures are from, and their versions.

import { byId, setAttributes, setText } from "./dom.js";
import { age, localTimeOf, timeOf } from "./format.js";

const TITLE = document.title;

export function makeHeader() {
  let state = { name: "connecting", why: "", contact: Date.now() };
  let asOf = null;

  function tick() {
    const [name, more] = nameOf(state, asOf);
    setText(byId("state-name"), name);
    setText(byId("state-more"), more);
    if (asOf) setText(byId("as-of"), `As of ${timeOf(asOf)} UTC (${localTimeOf(asOf)} here), ${age(Date.now() - Date.parse(asOf))} ago`);
  }

  setInterval(tick, 1_000);
  return {
    show(next) {
      state = next;
      setAttributes(byId("state"), { "data-state": state.name });
      setText(byId("why"), state.why);
      document.title = state.name === "live" ? TITLE : `${state.name}: ${TITLE}`;
      tick();
    },
    tell(message) {
      asOf = message.as_of;
      byId("versions").hidden = false;
      setText(byId("versions"), `Computed from ${message.versions.replaceAll(",", ", ")}`);
      tick();
    },
  };
}

// What is said first, and what is added where there is room.
function nameOf({ name, contact }, asOf) {
  if (name === "away") return [`away ${age(Date.now() - contact)}`, ", reconnecting"];
  return name === "stale" && asOf ? [`stale ${age(Date.now() - Date.parse(asOf))}`, " old"] : [name, ""];
}
