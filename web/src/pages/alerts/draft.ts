/** A rule as it is filled in, and what is posted of it. */
import type { Schemas } from "../../api/client";
import type { NewRule } from "./reads";

export type Kind = NewRule["condition"]["kind"];

export const KINDS: Record<Kind, string> = {
  metric: "A metric",
  freshness: "Seconds since the newest event",
  quarantine_rate: "Share of records in quarantine",
  ledger_difference: "Records unaccounted for",
  anomaly: "Number of anomalies",
};

export const COMPARISONS: Record<NewRule["comparison"], string> = {
  gt: "above",
  ge: "at least",
  lt: "below",
  le: "at most",
  eq: "equal to",
  ne: "other than",
};

export interface Draft {
  name: string;
  kind: Kind;
  metric: string;
  currency: string;
  dimension: string;
  value: string;
  severity: Schemas["AnomalyCondition"]["severity"];
  minutes: string;
  comparison: NewRule["comparison"];
  threshold: string;
  seconds: string;
  notify: string;
}

export const EMPTY: Draft = {
  name: "",
  kind: "metric",
  metric: "events",
  currency: "",
  dimension: "",
  value: "",
  severity: "warning",
  minutes: "5",
  comparison: "gt",
  threshold: "",
  seconds: "60",
  notify: "",
};

/** What is posted. Without addresses those of the settings are told. */
export function ruleOf(draft: Draft): NewRule {
  const notify = draft.notify.split(/\s+/).filter((address) => address !== "");
  return {
    name: draft.name.trim(),
    condition: conditionOf(draft),
    comparison: draft.comparison,
    threshold: Number(draft.threshold),
    for_s: Number(draft.seconds),
    notify: notify.length === 0 ? null : notify,
  };
}

function conditionOf(draft: Draft): NewRule["condition"] {
  const { kind, metric, severity } = draft;
  const minutes = Number(draft.minutes);
  switch (kind) {
    case "metric":
      return {
        kind,
        metric,
        minutes,
        filters: [...only("currency", draft.currency), ...only(draft.dimension, draft.value)],
      };
    case "freshness":
      return { kind, table: "silver.events" };
    case "quarantine_rate":
      return { kind, minutes };
    case "ledger_difference":
      return { kind };
    case "anomaly":
      return { kind, severity, minutes };
  }
}

function only(dimension: string, value: string): Schemas["MetricFilter"][] {
  if (dimension === "" || value.trim() === "") return [];
  const text = value.trim();
  return [{ dimension, operator: "eq", values: [dimension === "is_late" ? text === "true" : text] }];
}
