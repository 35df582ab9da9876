import { List, ListItem } from "@mui/material";
import { memo } from "react";

import type { LiveWindow } from "../../live/message";
import { Panel } from "../../ui/Panel";
import { ViewLink } from "../../ui/ViewLink";
import { many, minute } from "../../view/format";

/** Minutes that late events changed after they were final. */
export function Corrections({ windows }: { windows: LiveWindow[] }) {
  return <Corrected corrected={windows.filter((window) => window.corrections > 0).slice(0, 8)} />;
}

interface Props {
  corrected: LiveWindow[];
}

/** Drawn anew where another minute was corrected, or one of them again. */
const Corrected = memo(function Corrected({ corrected }: Props) {
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
}, isAsBefore);

function isAsBefore(before: Props, after: Props): boolean {
  const told = ({ corrected }: Props): string =>
    JSON.stringify(
      corrected.map(({ window_start, corrections, corrected_at }) => [window_start, corrections, corrected_at]),
    );
  return told(before) === told(after);
}
