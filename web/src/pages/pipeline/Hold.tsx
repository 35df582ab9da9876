import { Button, Dialog, DialogActions, DialogContent, DialogContentText, DialogTitle, TextField } from "@mui/material";
import { useState } from "react";

import { Failed } from "../../ui/Panel";
import { useHold } from "./reads";

interface Props {
  open: boolean;
  /** Whether it stood still when this was opened, so that it would go on: the question stays the same, whatever happens meanwhile. */
  paused: boolean;
  onClose: () => void;
}

/** Asks before the pipeline is stopped or goes on, and says why that was refused. */
export function Hold({ open, paused, onClose }: Props) {
  const [why, setWhy] = useState("");
  const hold = useHold();
  const leave = (): void => {
    hold.reset();
    onClose();
  };
  return (
    <Dialog open={open} onClose={leave} fullWidth maxWidth="xs" aria-labelledby="hold-title">
      <DialogTitle id="hold-title">{paused ? "Let the pipeline go on?" : "Pause the pipeline?"}</DialogTitle>
      <DialogContent sx={{ display: "grid", gap: 2 }}>
        <DialogContentText>
          {paused
            ? "The engine takes what has waited, and figures move again."
            : "The engine takes no further batch, and figures stand still, for everybody and over restarts. Events are stored as before; none is lost."}
        </DialogContentText>
        {!paused && (
          <TextField
            label="Why"
            helperText="Shown to whoever asks why nothing moves."
            value={why}
            onChange={(event) => setWhy(event.target.value)}
            size="small"
            autoFocus
          />
        )}
        {hold.error && <Failed error={hold.error} />}
      </DialogContent>
      <DialogActions>
        <Button onClick={leave} color="inherit">
          Leave it
        </Button>
        <Button
          variant="contained"
          loading={hold.isPending}
          onClick={() => hold.mutate({ paused: !paused, why }, { onSuccess: leave })}
        >
          {paused ? "Go on" : "Pause for everybody"}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
