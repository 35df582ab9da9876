// The figures of the newest minute, each beside that of the last hour.

import { byId, el, fit, setAttributes, setText } from "./dom.js";
import { NOTHING, amount, count, dayOf, minuteOf, percent, tally } from "./format.js";
import { minutesOf } from "./minutes.js";
import { drawSparkline, makeSparkline } from "./sparkline.js";

const SHOWN_CURRENCIES = 4;

const rowsOf = (minute) => [...minute.money.values()];
const ordersOf = (rows) => rows.reduce((sum, row) => sum + row.orders, 0);

const TILES = [
  ["Events", tally, (figures) => figures.events],
  ["Active users", tally, (figures) => figures.active_users],
  ["Conversion", percent, (figures) => figures.conversion_rate],
  ["Orders", tally, (_, revenue) => ordersOf(revenue)],
  ["Late events", tally, (figures) => figures.late_events],
];

export function makeTiles() {
  const tiles = TILES.map(([name, format, valueOf]) => ({ ...tile(name), format, valueOf }));
  const money = moneyTile();
  let hour = null;
  let newest = null;

  function draw() {
    for (const { now, before, format, valueOf } of tiles) {
      setText(now, newest ? format(valueOf(newest.window, rowsOf(newest))) : NOTHING);
      setText(before, hour ? format(valueOf(hour.figures, hour.revenue)) : NOTHING);
    }
    drawMoney(money, newest ? rowsOf(newest) : [], hour?.revenue ?? []);
  }

  return {
    tell(message) {
      const minutes = minutesOf(message);
      newest = minutes.at(-1) ?? null;
      draw();
      if (!newest) return;
      drawHeading(newest);
      for (const { spark, valueOf } of tiles) drawSparkline(spark, minutes.map((minute) => valueAt(minute, valueOf)));
    },
    tellHour(next) {
      hour = next;
      draw();
    },
  };
}

function valueAt(minute, valueOf) {
  const value = minute.window ? valueOf(minute.window, rowsOf(minute)) : null;
  return value === null ? null : Number(value);
}

function tile(name) {
  const now = el("span", { class: "now" }, NOTHING);
  const before = el("span", {}, NOTHING);
  const last = el("span", { class: "before" }, before, " last hour");
  const spark = makeSparkline();
  byId("tiles").append(el("div", { class: "tile" }, el("dt", {}, name), el("dd", {}, now, spark, last)));
  return { now, before, spark };
}

function moneyTile() {
  const rows = el("tbody");
  const heads = ["Currency", "Minute", "Last hour"].map((name) => el("th", { scope: "col" }, name));
  const table = el("table", {}, el("thead", {}, el("tr", {}, ...heads)), rows);
  const more = el("p", { class: "before" });
  byId("tiles").append(el("div", { class: "tile money" }, el("dt", {}, "Revenue, net of refunds"), el("dd", {}, table, more)));
  return { rows, more };
}

function drawMoney({ rows, more }, minute, hour) {
  const byCurrency = new Map([...hour, ...minute].map(({ currency }) => [currency, {}]));
  for (const row of hour) byCurrency.get(row.currency).hour = row;
  for (const row of minute) byCurrency.get(row.currency).minute = row;
  const shown = [...byCurrency].slice(0, SHOWN_CURRENCIES);
  fit(rows, shown.length, moneyRow).forEach((row, i) => {
    const [currency, found] = shown[i];
    setText(row.children[0], currency);
    setText(row.children[1], found.minute ? amount(found.minute.net, currency) : NOTHING);
    setText(row.children[2], found.hour ? amount(found.hour.net, currency) : NOTHING);
  });
  const left = byCurrency.size - shown.length;
  setText(more, left > 0 ? `and ${count(left)} more currencies` : "");
}

const moneyRow = () => el("tr", {}, el("th", { scope: "row" }), el("td"), el("td"));

function drawHeading({ start, state }) {
  const day = dayOf(start);
  setText(byId("newest"), `${day === dayOf(Date.now()) ? "" : `${day} `}${minuteOf(start)} UTC`);
  setText(byId("newest-state"), state);
  setAttributes(byId("newest-state"), { "data-state": state });
  byId("newest-state").hidden = false;
}
