import { Box, Button, Popover, Stack, TextField, Typography } from "@mui/material";
import { useState } from "react";

import { moment } from "../view/format";
import { useView } from "./view";

const AGO = [
  ["5 minutes ago", 5],
  ["An hour ago", 60],
  ["A day ago", 1_440],
] as const;

/** As of when the whole application shows what it shows. */
export function AsOfControl() {
  const { asOf, set } = useView();
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const travel = (to: string | null): void => {
    set({ as_of: to });
    setAnchor(null);
  };
  return (
    <>
      <Button size="small" color="inherit" aria-haspopup="dialog" onClick={(event) => setAnchor(event.currentTarget)}>
        {asOf === null ? (
          <>
            {/* Beside the name of the application, a phone has room for no more. */}
            <Box component="span" sx={{ display: { xs: "none", sm: "inline" }, whiteSpace: "pre" }}>
              {"As of "}
            </Box>
            <Box component="span" sx={{ textTransform: { xs: "capitalize", sm: "none" } }}>
              now
            </Box>
          </>
        ) : (
          <>
            As of
            {/* A phone has the whole of it in the banner below. */}
            <Box
              component="span"
              sx={{ display: { xs: "none", md: "inline" }, whiteSpace: "pre" }}
            >{` ${moment(asOf)}`}</Box>
            <Box component="span" sx={{ display: { md: "none" }, whiteSpace: "pre" }}>
              {" then"}
            </Box>
          </>
        )}
      </Button>
      <Popover
        open={anchor !== null}
        anchorEl={anchor}
        onClose={() => setAnchor(null)}
        anchorOrigin={{ vertical: "bottom", horizontal: "right" }}
        transformOrigin={{ vertical: "top", horizontal: "right" }}
        slotProps={{ paper: { "aria-label": "As of when", role: "dialog" } }}
      >
        <Stack spacing={1.5} sx={{ p: 2, width: 280 }}>
          <Typography variant="body2">Show what the lake knew at another time:</Typography>
          <Chosen asOf={asOf} onChoose={travel} />
          {AGO.map(([name, minutes]) => (
            <Button key={name} size="small" variant="outlined" onClick={() => travel(before(minutes))}>
              {name}
            </Button>
          ))}
          <Button size="small" variant="outlined" disabled={asOf === null} onClick={() => travel(null)}>
            Now
          </Button>
        </Stack>
      </Popover>
    </>
  );
}

function Chosen({ asOf, onChoose }: { asOf: string | null; onChoose: (to: string) => void }) {
  const [time, setTime] = useState((asOf ?? new Date().toISOString()).slice(0, 19));
  const valid = !Number.isNaN(Date.parse(`${time}Z`));
  return (
    <Stack
      component="form"
      direction="row"
      spacing={1}
      onSubmit={(event) => {
        event.preventDefault();
        if (valid) onChoose(new Date(`${time}Z`).toISOString());
      }}
    >
      <TextField
        label="Time (UTC)"
        type="datetime-local"
        size="small"
        fullWidth
        value={time}
        onChange={(event) => setTime(event.target.value)}
        slotProps={{ inputLabel: { shrink: true }, htmlInput: { step: 1 } }}
      />
      <Button type="submit" variant="contained" disabled={!valid}>
        Go
      </Button>
    </Stack>
  );
}

/** The time so many minutes ago, to the second. */
function before(minutes: number): string {
  return `${new Date(Date.now() - minutes * 60_000).toISOString().slice(0, 19)}Z`;
}
