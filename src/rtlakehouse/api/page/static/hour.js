// The last hour as one step: users and orders are counted over it, for counts of minutes do not add up.

import { byId, setText } from "./dom.js";
import { minuteOf, timeOf } from "./format.js";
import { read } from "./reads.js";

// Well within the limit of reads for a page that is open several times.
const EVERY_MS = 10_000;

export function makeHour(tell) {
  let next = 0;

  async function ask() {
    next = Date.now() + EVERY_MS;
    try {
      const [series, revenue] = await Promise.all([read("/kpis/series?step=all"), read("/kpis/revenue")]);
      tell({ figures: series.data[0], revenue: revenue.data });
      const range = `${minuteOf(series.start)} to ${minuteOf(series.end)} UTC`;
      setText(byId("hour-note"), `Last hour: ${range}, asked at ${timeOf(Date.now())}`);
    } catch (error) {
      setText(byId("hour-note"), `Last hour: not renewed. ${error.message}`);
    }
  }

  return {
    tell({ windows }) {
      if (windows.length && Date.now() >= next && !document.hidden) ask();
    },
  };
}
