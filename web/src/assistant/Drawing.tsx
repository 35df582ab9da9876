import { factsOf } from "../charts/facts";
import { Charts } from "../pages/explore/Charts";
import type { Answer } from "./reads";

/** The chart that fits an answer, where one does: the first metric over time, or told apart by one dimension. */
export function Drawing({ answer }: { answer: Answer }) {
  const { query, chart, data, as_of: at } = answer;
  const [metric] = answer.metrics;
  if (!query?.from || !query.to || !metric || chart === null || data.length < 2 || answer.is_cut) return null;
  if (chart.kind !== "line" && (chart.kind !== "bar" || query.grain !== "all")) return null;
  const dimensions = (query.dimensions ?? []).filter((name) => name !== "currency");
  const versions = Object.entries(answer.versions)
    .map(([name, version]) => `${name}=${version}`)
    .join(",");
  const found = { start: query.from, end: query.to, rows: data, versions, at, sql: "", cut: false, watermark: null };
  return (
    <Charts
      metric={metric}
      by={dimensions[0] ?? (query.dimensions?.includes("currency") ? "currency" : null)}
      filters={query.filters ?? []}
      question={query}
      found={found}
      facts={factsOf({ from: query.from, to: query.to, asOf: at, versions })}
    />
  );
}
