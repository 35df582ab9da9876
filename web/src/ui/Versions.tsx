import { Typography } from "@mui/material";
import { Fragment } from "react";

import { ViewLink } from "./ViewLink";

/** Which version of each table it was computed from, each the way to what that version holds. */
export function Versions({ versions }: { versions: Record<string, number> }) {
  return (
    <Typography variant="body2" color="text.secondary" sx={{ overflowWrap: "anywhere" }}>
      From{" "}
      {Object.entries(versions).map(([table, version], place) => (
        <Fragment key={table}>
          {place > 0 && ", "}
          <ViewLink to="/history" filters={{ table, version: String(version) }}>
            {table} v{version}
          </ViewLink>
        </Fragment>
      ))}
    </Typography>
  );
}
