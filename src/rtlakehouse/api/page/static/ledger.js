// Every record accounted for: received = accepted + duplicates + quarantined.

import { byId, el, fit, setAttributes, setText } from "./dom.js";
import { count } from "./format.js";

const FATES = [
  ["received", "Received"],
  ["accepted", "= accepted"],
  ["duplicates", "+ duplicates"],
  ["quarantined", "+ quarantined"],
  ["difference", "Difference"],
];

export function tellLedger({ ledger, reasons }) {
  setText(byId("balance"), verdict(ledger));
  setAttributes(byId("balance"), { "data-balanced": ledger.difference === 0 });
  fit(byId("ledger"), FATES.length, makeFate).forEach((row, i) => {
    const [fate, name] = FATES[i];
    setText(row.children[0], name);
    setText(row.children[1], count(ledger[fate]));
  });
  fit(byId("reasons"), reasons.length, makeReason).forEach((row, i) => {
    setText(row.children[0], reasons[i].reason);
    setText(row.children[1], count(reasons[i].records));
  });
}

function verdict({ received, difference }) {
  if (difference === 0) return `✓ All ${count(received)} records accounted for`;
  return `✗ ${count(Math.abs(difference))} records are not accounted for: run \`rtl verify\``;
}

const makeFate = () => el("div", {}, el("dt"), el("dd"));
const makeReason = () => el("li", {}, el("code"), el("span"));
