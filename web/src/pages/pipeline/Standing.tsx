import { Button, Chip, Paper, Stack, Typography } from "@mui/material";
import { useState } from "react";

import { duration, many, moment } from "../../view/format";
import { Said } from "../../ui/Said";
import { Hold } from "./Hold";
import type { Pipeline } from "./reads";

const COLORS = { running: "success", paused: "info", down: "error" } as const;

/** Whether it runs, why not, and the way to stop it and to let it go on. */
export function Standing({ now }: { now: Pipeline }) {
  const paused = now.state === "paused" || now.pause !== null;
  const [asking, setAsking] = useState({ open: false, paused });
  const often = now.trigger_s === null ? "" : `, which looks for records every ${duration(now.trigger_s * 1_000)}`;
  // Neither is known before the first batch.
  const told = [
    now.engine !== null && `Engine: ${now.engine}${often}.`,
    now.last_batch_at !== null &&
      `Last batch: ${many(now.last_batch_records ?? 0, "record")} at ${moment(now.last_batch_at)}.`,
  ].filter(Boolean);
  return (
    <Paper variant="outlined" component="section" aria-label="State" sx={{ p: 2 }}>
      <Stack direction="row" sx={{ alignItems: "center", flexWrap: "wrap", gap: 1.5 }}>
        <Chip label={now.state} color={COLORS[now.state]} variant="outlined" size="small" />
        <Typography role="status" sx={{ flex: "1 1 16rem", minWidth: 0, overflowWrap: "anywhere" }} variant="body2">
          {now.pause ? (
            `Paused since ${moment(now.pause.at)} by ${now.pause.by}. ${now.pause.why}`
          ) : (
            <Said>{now.why}</Said>
          )}
        </Typography>
        <Button
          size="small"
          variant={paused ? "contained" : "outlined"}
          onClick={() => setAsking({ open: true, paused })}
        >
          {paused ? "Resume…" : "Pause…"}
        </Button>
      </Stack>
      {told.length > 0 && (
        <Typography variant="body2" color="text.secondary" sx={{ mt: 1 }}>
          {told.join(" ")}
        </Typography>
      )}
      <Hold {...asking} onClose={() => setAsking({ ...asking, open: false })} />
    </Paper>
  );
}
