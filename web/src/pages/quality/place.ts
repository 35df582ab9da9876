import type { Schemas } from "../../api/client";

/** The coordinates of a record, as the ledger counts it. */
export function placeOf({ source, topic, partition, position }: Schemas["Quarantined"]): string {
  return `${source} ${topic}/${partition}/${position}`;
}
