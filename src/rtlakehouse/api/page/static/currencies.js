// Which currency's revenue is drawn: amounts of different currencies are never one column.

import { byId, el } from "./dom.js";

export function makeCurrencies(changed) {
  const frame = byId("currencies");
  let known = [];
  let chosen = null;

  function option(currency) {
    const input = el("input", { type: "radio", name: "currency", value: currency });
    input.checked = currency === chosen;
    input.addEventListener("change", () => {
      chosen = currency;
      changed();
    });
    return el("label", {}, input, el("span", {}, currency));
  }

  return {
    chosen: () => chosen ?? "",
    tell({ revenue }) {
      const orders = new Map();
      for (const row of revenue) orders.set(row.currency, (orders.get(row.currency) ?? 0) + row.orders);
      const found = [...orders.keys()].sort();
      if (found.join() === known.join()) return;
      known = found;
      if (!orders.has(chosen)) chosen = found.toSorted((a, b) => orders.get(b) - orders.get(a))[0] ?? null;
      frame.querySelectorAll("label").forEach((label) => label.remove());
      frame.append(...found.map(option));
    },
  };
}
