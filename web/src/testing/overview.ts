/** The overview as the API tells it. */
import { liveWindow } from "./message";
import { answers } from "./server";

export const range = { start: "2026-11-24T09:31:00Z", end: "2026-11-24T10:31:00Z" };
export const row = { currency: "EUR", orders: 7, units: 9, gross: "310.4500", refunded: "20.0000", net: "290.4500" };

/** Answers all that the overview of the last hour asks for; returns what is asked of segments. */
export function everything() {
  const step = { ...liveWindow(range.start), step_start: range.start, step_end: range.end, active_users: 4_321 };
  answers("/kpis/series", { step: "all", ...range, data: [step] });
  answers("/kpis/revenue", { ...range, data: [{ ...row, average_order_value: "44.3500" }] });
  const tea = { product_id: "<b>tea</b>", currency: "EUR", page_views: 50, add_to_carts: 9, purchases: 7 };
  answers("/kpis/products/top", { ...range, data: [{ ...tea, units: 9, gross: "310.4500" }] });
  const shares = { from_previous: "0.250000", from_first: "0.250000" };
  const steps = [
    { step: "page_view", events: 90, users: 80, from_previous: null, from_first: "1.000000" },
    { step: "add_to_cart", events: 30, users: 20, ...shares },
    { step: "purchase", events: 8, users: 5, ...shares, from_first: "0.062500" },
  ];
  answers("/kpis/funnel", { ...range, data: steps });
  answers("/anomalies", { ...range, learned_from: range.start, series: 9, data: [] });
  const detectors = ["windowed_gaussian", "seasonal_baseline", "half_space_trees"].map((name) => ({
    name,
    is_default: name === "seasonal_baseline",
    is_usable: name !== "half_space_trees",
  }));
  answers("/ml/detectors", { data: detectors });
  answers("/anomalies/expected", { ...range, metric: "events", currency: null, learned_from: range.start, data: [] });
  const de = { value: "DE", events: 80, page_views: 60, purchases: 5, active_users: 33, purchasing_users: 4 };
  return answers("/kpis/segments/:dimension", { dimension: "country", ...range, data: [de] });
}
