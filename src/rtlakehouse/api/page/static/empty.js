// What is shown until a first event has come in: how to send one.

import { byId, setText } from "./dom.js";

export function makeEmpty() {
  setText(byId("command"), command());
  setText(byId("simulate"), `rtl simulate --to ${location.origin}`);
  byId("copy").addEventListener("click", copy);
  return {
    tell({ ledger }) {
      byId("empty").hidden = ledger.received > 0;
      byId("content").hidden = ledger.received === 0;
    },
  };
}

function command() {
  return `curl ${location.origin}/api/v1/events -H 'Content-Type: application/json' -d '{
  "event_id": "mine-1", "event_type": "purchase", "user_id": "me", "product_id": "tea",
  "price": 9.99, "quantity": 1, "currency": "EUR", "ts": "'"$(date -u +%Y-%m-%dT%H:%M:%SZ)"'"}'`;
}

async function copy() {
  try {
    await navigator.clipboard.writeText(byId("command").textContent);
    setText(byId("copied"), "Copied; paste it into a terminal.");
  } catch {
    // No clipboard without permission, nor on a page that came over plain HTTP from another machine.
    getSelection().selectAllChildren(byId("command"));
    setText(byId("copied"), "Selected; copy it with Ctrl+C.");
  }
}
