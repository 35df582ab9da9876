import { Button, Chip, Stack, Typography } from "@mui/material";
import { memo, useContext } from "react";

import { Said } from "../ui/Said";
import { bothClocks } from "../view/format";
import { LiveContext, useLiveOf, useLiveState, useNow } from "./useLive";
import { standing, type Standing } from "./standing";

const COLORS = { connecting: "default", live: "success", paused: "info", stale: "warning", away: "error" } as const;

/** Whether what is shown is the present, since when not, and why. */
export function LiveBadge() {
  const state = useLiveState();
  const now = useNow();
  const said = standing(state, now);
  return (
    <Badge
      name={said.name}
      label={label(said, now)}
      why={said.why}
      paused={state.paused}
      dated={state.message !== null}
    />
  );
}

interface BadgeProps {
  name: Standing["name"];
  label: string;
  why: string;
  paused: boolean;
  /** Whether there is a message, which is of some time. */
  dated: boolean;
}

/** Drawn anew where it says something else, rather than with each message. */
const Badge = memo(function Badge({ name, label, why, paused, dated }: BadgeProps) {
  const store = useContext(LiveContext);
  return (
    <Stack direction="row" sx={{ alignItems: "center", flexWrap: "wrap", columnGap: 1.5, rowGap: 0.5 }}>
      <Chip data-testid="standing" size="small" variant="outlined" color={COLORS[name]} label={label} />
      <Button size="small" onClick={() => store.setPaused(!paused)}>
        {paused ? "Go on" : "Pause"}
      </Button>
      <Typography variant="body2" color="text.secondary" role="status">
        <Said>{why}</Said>
      </Typography>
      {dated && (
        <Typography variant="body2" color="text.secondary">
          As of <Clocks />
        </Typography>
      )}
    </Stack>
  );
});

/** The time of the message, the one text that changes with each of them. */
function Clocks() {
  return useLiveOf(({ message }) => (message === null ? null : bothClocks(message.as_of)));
}

function label(said: Standing, now: number): string {
  if (!("since" in said)) return said.name;
  return `${said.name} since ${Math.max(0, Math.round((now - said.since) / 1000))} s`;
}
