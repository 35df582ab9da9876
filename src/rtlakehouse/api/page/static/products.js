// The products that sell most.

import { byId, el, fit, setText } from "./dom.js";
import { amount, count } from "./format.js";

export function tellProducts({ products }) {
  fit(byId("products"), products.length, makeRow).forEach((row, i) => drawRow(row.children, products[i]));
}

function makeRow() {
  return el("tr", {}, el("th", { scope: "row", class: "name" }), el("td", { class: "number" }), el("td", { class: "number" }));
}

function drawRow([name, units, gross], product) {
  setText(name, product.product_id);
  setText(units, count(product.units));
  setText(gross, `${product.currency} ${amount(product.gross, product.currency)}`);
}
