import type { Schemas } from "../api/client";

/** A metric as the catalogue tells it. */
export const events: Schemas["MetricEntry"] = {
  ratio: null,
  additive: true,
  gold: [],
  grain: "1m",
  synonyms: [],
  name: "events",
  title: "Events",
  description: "Accepted events.",
  formula: "count(*)",
  unit: "events",
  format: "integer",
  dimensions: ["country", "is_late"],
};
