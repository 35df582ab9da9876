import { Chip } from "@mui/material";

import type { Schemas } from "../../api/client";

/** What a commit did, in the log's own words. */
export function deed({ operation, mode, changes_rows }: Schemas["VersionSummary"]): string {
  const what = operation.toLowerCase();
  return `${what}${mode ? `, ${mode.toLowerCase()}` : ""}${changes_rows ? "" : "; rows as before"}`;
}

const COLORS = { readable: "success", vacuumed: "warning", cleaned: "default" } as const;

/** Whether a version can still be read. */
export function State({ state }: { state: Schemas["VersionSummary"]["state"] }) {
  return <Chip size="small" variant="outlined" color={COLORS[state]} label={state} />;
}
