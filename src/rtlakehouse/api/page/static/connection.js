// How the page stands to the lake: connecting, live, stale or away, and why.

import { follow } from "./feed.js";
import { read } from "./reads.js";

const LOOK_MS = 2_000;

export function connect({ told, changed }) {
  const known = { isOpen: false, hasFailed: false, health: null, fault: null, contact: Date.now() };
  const say = () => changed({ ...judged(known), contact: known.contact });

  async function look() {
    try {
      known.health = await read("/health");
      known.fault = null;
      if (known.isOpen) known.contact = Date.now();
    } catch (error) {
      known.fault = error;
    }
    say();
  }

  follow({
    opened: () => {
      known.isOpen = true;
      look();
    },
    broken: () => {
      Object.assign(known, { isOpen: false, hasFailed: true });
      say();
    },
    told: (message) => {
      known.contact = Date.now();
      told(message);
    },
  });
  setInterval(look, LOOK_MS);
}

function judged({ isOpen, hasFailed, health, fault }) {
  if (fault || (!isOpen && hasFailed)) return { name: "away", why: awayBecause(fault) };
  if (!isOpen || !health) return { name: "connecting", why: "Asking the API for the newest figures." };
  const faults = health.parts.filter((part) => part.status === "down" || (part.name === "data" && part.status !== "ok"));
  if (faults.length) return { name: "stale", why: faults.map((part) => part.why).join(" ") };
  return { name: "live", why: "Figures come in as they are committed." };
}

function awayBecause(fault) {
  const said = fault && fault.name === "Error" ? ` It says: ${fault.message}` : "";
  return `The API at ${location.host} does not answer; this page tries again by itself. Start it with \`rtl up\`.${said}`;
}
