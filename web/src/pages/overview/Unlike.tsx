import { Box, List, ListItem } from "@mui/material";

import type { Schemas } from "../../api/client";
import type { Mark } from "../../charts/drawn";
import { ViewLink } from "../../ui/ViewLink";
import { dayAndMinute } from "../../view/format";

interface Props {
  title: string;
  metric: Schemas["Watched"];
  currency: string | null;
  marks: Mark[];
}

/** The marks of a chart in words, the newest first, each with the way to its minute. */
export function Unlike({ title, metric, currency, marks }: Props) {
  if (marks.length === 0) return null;
  return (
    <Box
      role="group"
      aria-label={`Unlike the days before: ${title}`}
      tabIndex={0}
      sx={{ maxHeight: 112, overflow: "auto", mt: 1 }}
    >
      <List dense disablePadding>
        {marks.toReversed().map(({ at, reason, critical }) => (
          <ListItem key={at} disableGutters sx={{ py: 0.25, display: "block", typography: "body2" }}>
            <ViewLink
              to={`/explain/${encodeURIComponent(at)}`}
              filters={{ metric, ...(currency !== null && { currency }) }}
            >
              {dayAndMinute(at)} UTC
            </ViewLink>
            {critical ? ", critical: " : ": "}
            {reason}
          </ListItem>
        ))}
      </List>
    </Box>
  );
}
