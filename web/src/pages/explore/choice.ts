/** What is asked on the explore page, as the address says it. */
import type { Schemas } from "../../api/client";
import { RANGES, type RangeName } from "../../app/view";

export type Metric = Schemas["MetricEntry"];
export type Dimension = Schemas["DimensionEntry"];
export type Filter = Schemas["MetricFilter"];
export type Operator = Filter["operator"];
export type Grain = Schemas["MetricsQuery"]["grain"];

export const FIRST_METRIC = "events";

// Steps that a line can still tell apart on a wide screen.
const MOST_STEPS = 750;
const GRAIN_MINUTES = { "1m": 1, "5m": 5, "15m": 15, "1h": 60, "1d": 1_440 } as const;

/** How the length of a step is called. */
export const GRAINS: Record<Grain, string> = {
  "1m": "a minute",
  "5m": "5 minutes",
  "15m": "15 minutes",
  "1h": "an hour",
  "1d": "a day",
  all: "the whole range",
};

export const OPERATORS: Record<string, { label: string; operator: (values: number) => Operator; takes: boolean }> = {
  is: { label: "is", operator: (values) => (values === 1 ? "eq" : "in"), takes: true },
  not: { label: "is not", operator: (values) => (values === 1 ? "ne" : "not_in"), takes: true },
  contains: { label: "contains", operator: () => "contains", takes: true },
  starts: { label: "starts with", operator: () => "starts_with", takes: true },
  unknown: { label: "is not given", operator: () => "is_null", takes: false },
  known: { label: "is given", operator: () => "is_not_null", takes: false },
};

const SAID: Record<Operator, string> = {
  eq: "is",
  in: "is one of",
  ne: "is not",
  not_in: "is none of",
  contains: "contains",
  starts_with: "starts with",
  is_null: "is not given",
  is_not_null: "is given",
};

/** A filter as a sentence. */
export function told({ dimension, operator, values = [] }: Filter): string {
  return [dimension, SAID[operator], values.join(", ")].join(" ").trim();
}

/** Filters as one word of the address; what they hold may be any text. */
export function written(filters: Filter[]): string | null {
  const word = ({ dimension, operator, values = [] }: Filter): string =>
    [dimension, operator, values.map((value) => encodeURIComponent(value)).join(",")].join(":");
  return filters.length === 0 ? null : filters.map(word).join(";");
}

/** The filters that a word of the address says; booleans: dimensions whose values are true and false. */
export function read(word: string | null, dimensions: Dimension[]): Filter[] {
  return (word ?? "").split(";").flatMap((part): Filter[] => {
    const [dimension = "", operator = "", list = ""] = part.split(":");
    const known = dimensions.find(({ name }) => name === dimension);
    if (known === undefined || !(operator in SAID)) return [];
    const texts = list === "" ? [] : list.split(",").map(decoded);
    const values = known.type === "boolean" ? texts.map((text) => text === "true") : texts;
    return [{ dimension, operator: operator as Operator, values }];
  });
}

/** Unlike decodeURIComponent it takes what somebody wrote by hand. */
function decoded(text: string): string {
  return new URLSearchParams(`text=${text}`).get("text") ?? "";
}

/** The lengths of a step that a range can be cut into. */
export function grainsOf(range: RangeName, metric: Metric): Grain[] {
  const fits = (minutes: number): boolean => {
    const steps = RANGES[range].minutes / minutes;
    return steps >= 1 && steps <= MOST_STEPS;
  };
  const shortest = metric.grain === "all" ? Infinity : GRAIN_MINUTES[metric.grain];
  const lengths = Object.entries(GRAIN_MINUTES).filter(([, minutes]) => fits(minutes) && minutes >= shortest);
  return [...lengths.map(([name]) => name as Grain), "all"];
}

/** Milliseconds of a step; none where the range is one. */
export function stepOf(grain: Grain): number | null {
  return grain === "all" ? null : GRAIN_MINUTES[grain] * 60_000;
}

/** What figures are told apart by: money by its currency as well, unless one is filtered for. */
export function dimensionsOf(metric: Metric, by: string | null, filters: Filter[]): string[] {
  const own = by === null ? [] : [by];
  const single = filters.some(({ dimension, operator }) => dimension === "currency" && operator === "eq");
  return metric.unit === "money" && by !== "currency" && !single ? [...own, "currency"] : own;
}
