import { Button, Chip, Stack, Typography } from "@mui/material";
import { useContext } from "react";

import { Said } from "../ui/Said";
import { bothClocks } from "../view/format";
import { LiveContext, useLiveState, useNow } from "./useLive";
import { standing, type Standing } from "./standing";

const COLORS = { connecting: "default", live: "success", paused: "info", stale: "warning", away: "error" } as const;

/** Whether what is shown is the present, since when not, and why. */
export function LiveBadge() {
  const store = useContext(LiveContext);
  const state = useLiveState();
  const now = useNow();
  const said = standing(state, now);
  return (
    <Stack direction="row" sx={{ alignItems: "center", flexWrap: "wrap", columnGap: 1.5, rowGap: 0.5 }}>
      <Chip data-testid="standing" size="small" variant="outlined" color={COLORS[said.name]} label={label(said, now)} />
      <Button size="small" onClick={() => store.setPaused(!state.paused)}>
        {state.paused ? "Go on" : "Pause"}
      </Button>
      <Typography variant="body2" color="text.secondary" role="status">
        <Said>{said.why}</Said>
      </Typography>
      {state.message && (
        <Typography variant="body2" color="text.secondary">
          As of {bothClocks(state.message.as_of)}
        </Typography>
      )}
    </Stack>
  );
}

function label(said: Standing, now: number): string {
  if (!("since" in said)) return said.name;
  return `${said.name} since ${Math.max(0, Math.round((now - said.since) / 1000))} s`;
}
