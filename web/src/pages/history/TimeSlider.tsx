import { Box, Button, Slider, Stack, Typography } from "@mui/material";
import { useState } from "react";

import { timeOf, useView } from "../../app/view";
import { Found } from "../../ui/Found";
import { HowToStart } from "../../ui/HowToStart";
import { Panel } from "../../ui/Panel";
import { moment } from "../../view/format";
import { useKeptSpan } from "./reads";

/** The one time of the whole application, over all the times that there are. */
export function TimeSlider() {
  const span = useKeptSpan();
  return (
    <Panel title="What was known, and when">
      <Found query={span} height={96}>
        {({ since, newest }) => {
          // A second that has begun before is not kept whole.
          const [first, last] = [Math.ceil(Date.parse(since) / 1_000), Math.floor(Date.parse(newest) / 1_000)];
          if (last <= first) return <HowToStart said="There is nothing to go back to yet." />;
          return <Choice first={first} last={last} />;
        }}
      </Found>
    </Panel>
  );
}

interface Span {
  /** In seconds since the epoch. */
  first: number;
  last: number;
}

function Choice({ first, last }: Span) {
  const { asOf, set } = useView();
  const [moved, setMoved] = useState<number | null>(null);
  const then = timeOf(asOf);
  const shown = moved ?? (then === null ? last : Math.min(Math.max(then / 1_000, first), last));
  return (
    <Stack spacing={0.5}>
      <Typography variant="body2" color="text.secondary">
        Every page shows what the lake knew at this time. Arrow keys move by a second, with Shift by a minute.
      </Typography>
      <Stack direction="row" spacing={2} sx={{ alignItems: "center", flexWrap: "wrap", minHeight: 36 }}>
        <Typography sx={{ fontSize: "1.25rem", fontWeight: 650 }}>{said(shown, last, asOf, moved)}</Typography>
        {asOf !== null && (
          <Button size="small" variant="outlined" onClick={() => set({ as_of: null })}>
            Back to now
          </Button>
        )}
      </Stack>
      <Box sx={{ px: 1.25 }}>
        <Slider
          aria-label="Time"
          min={first}
          max={last}
          step={1}
          shiftStep={60}
          value={shown}
          getAriaValueText={(value) => (value >= last ? "Now" : moment(text(value)))}
          onChange={(_, value) => setMoved(value)}
          onChangeCommitted={(_, value) => {
            setMoved(null);
            set({ as_of: value >= last ? null : text(value) });
          }}
        />
      </Box>
      <Stack direction="row" sx={{ justifyContent: "space-between", gap: 2 }}>
        <Typography variant="body2" color="text.secondary">
          {moment(text(first))}, the earliest that is kept batch by batch
        </Typography>
        <Typography variant="body2" color="text.secondary" sx={{ textAlign: "right" }}>
          now
        </Typography>
      </Stack>
    </Stack>
  );
}

function said(shown: number, last: number, asOf: string | null, moved: number | null): string {
  if (moved === null && asOf !== null) return moment(asOf);
  return shown >= last ? "Now" : moment(text(shown));
}

function text(seconds: number): string {
  return `${new Date(seconds * 1_000).toISOString().slice(0, 19)}Z`;
}
