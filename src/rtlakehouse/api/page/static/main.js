// The parts of the page and what each is told.

import { makeChart } from "./chart.js";
import { connect } from "./connection.js";
import { makeEmpty } from "./empty.js";
import { makeHeader } from "./header.js";
import { makeHour } from "./hour.js";
import { tellLedger } from "./ledger.js";
import { tellProducts } from "./products.js";
import { makeTiles } from "./tiles.js";
import { tellWindows } from "./windows.js";

const header = makeHeader();
const tiles = makeTiles();
const chart = makeChart();
const empty = makeEmpty();
const hour = makeHour(tiles.tellHour);
const listeners = [header.tell, empty.tell, tiles.tell, chart.tell, tellWindows, tellProducts, tellLedger, hour.tell];

let newest = null;

function draw() {
  for (const listener of listeners) listener(newest);
  newest = null;
}

connect({
  changed: header.show,
  // Messages may come faster than frames are drawn; each is the whole state, so the newest is enough.
  told(message) {
    if (newest === null) requestAnimationFrame(draw);
    newest = message;
  },
});
