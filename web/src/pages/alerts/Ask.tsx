import { Button, Dialog, DialogActions, DialogContent, DialogContentText, DialogTitle } from "@mui/material";
import { useId, type ReactNode } from "react";

import { Failed } from "../../ui/Panel";

interface Props {
  open: boolean;
  title: string;
  about: string;
  action: string;
  /** How the action went. */
  change: { error: Error | null; isPending: boolean; reset: () => void };
  onAct: () => void;
  onClose: () => void;
  children?: ReactNode;
}

/** Asks before something is changed, and says why that was refused. */
export function Ask({ open, title, about, action, change, onAct, onClose, children }: Props) {
  const id = useId();
  const leave = (): void => {
    change.reset();
    onClose();
  };
  return (
    <Dialog open={open} onClose={leave} fullWidth maxWidth="sm" aria-labelledby={id}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onAct();
        }}
      >
        <DialogTitle id={id}>{title}</DialogTitle>
        <DialogContent sx={{ display: "grid", gap: 2 }}>
          <DialogContentText>{about}</DialogContentText>
          {children}
          {change.error && <Failed error={change.error} />}
        </DialogContent>
        <DialogActions>
          <Button onClick={leave} color="inherit">
            Cancel
          </Button>
          <Button type="submit" variant="contained" loading={change.isPending}>
            {action}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
