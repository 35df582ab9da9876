import { Box, List, ListItem, Typography } from "@mui/material";
import { useQuery } from "@tanstack/react-query";

import { api, unwrap } from "../../api/client";
import { problemOf } from "../../api/problem";
import { RANGES, useView } from "../../app/view";
import { SELDOM_MS, useRenewal } from "../../live/renewal";
import type { Span } from "../../live/span";
import { ViewLink } from "../../ui/ViewLink";
import { Said } from "../../ui/Said";
import { dayAndMinute } from "../../view/format";
import { MOST_MINUTES } from "./judged";
import type { DimensionName } from "./reads";

/** The segments of a dimension that are unlike the days before, the newest first, though the whole may be as ever. */
export function UnlikeSegments({ dimension, span: { from, to } }: { dimension: DimensionName; span: Span }) {
  const { asOf, range } = useView();
  const { data, error } = useQuery({
    queryKey: ["anomalies by", dimension, from, to, asOf],
    enabled: RANGES[range].minutes <= MOST_MINUTES,
    ...useRenewal(SELDOM_MS, dimension),
    queryFn: () =>
      unwrap(
        api.GET("/api/v1/anomalies", { params: { query: { metric: "events", dimension, from, to, as_of: asOf } } }),
      ),
  });
  if (error) {
    return (
      <Typography variant="body2" color="text.secondary" sx={{ mt: 1 }}>
        Whether any of them is unlike the days before is not known. <Said>{problemOf(error).detail}</Said>
      </Typography>
    );
  }
  if (data === undefined || data.data.length === 0) return null;
  return (
    <Box
      role="group"
      aria-label="Segments unlike the days before"
      tabIndex={0}
      sx={{ maxHeight: 112, overflow: "auto", mt: 1 }}
    >
      <List dense disablePadding>
        {data.data.toReversed().map(({ id, window_start, reason }) => (
          <ListItem key={id} disableGutters sx={{ py: 0.25, display: "block", typography: "body2" }}>
            <ViewLink to={`/explain/${encodeURIComponent(window_start)}`}>{dayAndMinute(window_start)} UTC</ViewLink>:{" "}
            {reason}
          </ListItem>
        ))}
      </List>
    </Box>
  );
}
