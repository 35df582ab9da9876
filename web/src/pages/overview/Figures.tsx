import { Box, Paper, Typography } from "@mui/material";

import type { LiveMessage } from "../../live/message";
import { count, minute, percent } from "../../view/format";

/** The newest minute's key figures. */
export function Figures({ message }: { message: LiveMessage }) {
  const newest = message.windows[0];
  if (newest === undefined) return null;
  const figures = [
    ["Events", count(newest.events)],
    ["Purchases", count(newest.purchases)],
    ["Conversion", percent(newest.conversion_rate)],
    ["Active users", count(newest.active_users)],
  ] as const;
  return (
    <Box sx={{ display: "grid", gap: 2, gridTemplateColumns: "repeat(auto-fit, minmax(9rem, 1fr))" }}>
      {figures.map(([name, value]) => (
        <Paper key={name} variant="outlined" sx={{ p: 2 }} role="group" aria-label={name}>
          <Typography variant="body2" color="text.secondary">
            {name}
          </Typography>
          <Typography sx={{ fontSize: "1.75rem", fontWeight: 650 }}>{value}</Typography>
          <Typography variant="body2" color="text.secondary">
            minute {minute(newest.window_start)} UTC, {newest.state}
          </Typography>
        </Paper>
      ))}
    </Box>
  );
}
