import type { TableUpkeep } from "./reads";

/** What upkeep would do to a table if it were done now, in words. */
export function waiting({ would }: TableUpkeep): string {
  return would.length === 0 ? "nothing" : would.map(({ action, detail }) => `${action}: ${detail}`).join("; ");
}
