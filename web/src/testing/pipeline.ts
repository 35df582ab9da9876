import type { Schemas } from "../api/client";

export function pipeline(part: Partial<Schemas["Pipeline"]> = {}): Schemas["Pipeline"] {
  return {
    state: "running",
    why: "The engine with pid 7 on shop.",
    pause: null,
    engine: "embedded",
    trigger_s: 0.02,
    input_per_s: 41.26,
    processed_per_s: 1_650.4,
    last_batch: 37,
    last_batch_records: 12,
    last_batch_at: "2026-11-24T10:30:12Z",
    waiting_records: 1_204,
    behind_ms: 0,
    stages: [
      { name: "refine", seconds: 0.067 },
      { name: "gold", seconds: 0.5046 },
    ],
    tables: [
      { name: "bronze.events", version: 37, shown: 35, lag_versions: 2 },
      { name: "silver.events", version: 14, shown: 14, lag_versions: 0 },
      { name: "gold.kpis_1m", version: 13, shown: 13, lag_versions: 0 },
    ],
    ...part,
  };
}

export function latency(records = 148): Schemas["Latency"] {
  const times = records === 0 ? [null, null, null, null] : [13_715, 71_766, 110_615, 1_524_188];
  const [p50_us = null, p90_us = null, p99_us = null, max_us = null] = times;
  const stages = [
    "received to bronze",
    "bronze to silver",
    "silver to gold",
    "gold to readable",
    "received to readable",
  ];
  const of = (stage: string) => ({ stage, records, p50_us, p90_us, p99_us, max_us });
  return { batches: records === 0 ? 0 : 14, records, stages: stages.map(of) };
}

export function batch(number: number, timing: Schemas["BatchTiming"] | null = null): Schemas["Batch"] {
  const when = { min_event_time: null, max_event_time: null, committed_at: "2026-11-24T10:30:12Z" };
  const counts = { received: 1_008, accepted: 1_000, duplicates: 5, quarantined: 3, late: 2 };
  return { batch: number, ...counts, ...when, versions: {}, timing };
}
