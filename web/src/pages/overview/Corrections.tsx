import { List, ListItem } from "@mui/material";

import type { LiveWindow } from "../../live/message";
import { Panel } from "../../ui/Panel";
import { ViewLink } from "../../ui/ViewLink";
import { many, minute } from "../../view/format";

/** Minutes that late events changed after they were final. */
export function Corrections({ windows }: { windows: LiveWindow[] }) {
  const corrected = windows.filter((window) => window.corrections > 0).slice(0, 8);
  return (
    <Panel title="Corrected by late events">
      {corrected.length === 0 && "No final minute of this hour was corrected."}
      <List dense disablePadding>
        {corrected.map((window) => (
          <ListItem key={window.window_start} disableGutters>
            <ViewLink to={`/explain/${encodeURIComponent(window.window_start)}`}>
              {minute(window.window_start)} UTC: {many(window.corrections, "late event")}, the last at{" "}
              {window.corrected_at?.slice(11, 19)}
            </ViewLink>
          </ListItem>
        ))}
      </List>
    </Panel>
  );
}
