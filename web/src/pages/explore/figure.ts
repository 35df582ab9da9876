import { count, money, NOTHING, percent } from "../../view/format";
import type { Metric } from "./choice";

/** A figure as it is read, by what its metric counts; what is null is none. */
export function spelledBy(metric: Metric, value: string | number | null, currency: string | null): string {
  if (value === null) return NOTHING;
  const text = String(value);
  if (metric.format === "percent") return percent(text);
  return metric.format === "money" && currency !== null ? money(text, currency) : count(Number(text));
}
