import { Button, Dialog, DialogActions, DialogContent, DialogContentText, DialogTitle } from "@mui/material";
import { useId, type ReactNode } from "react";

import { Failed } from "../ui/Panel";

interface Props {
  open: boolean;
  title: string;
  /** What will have happened afterwards. */
  about: ReactNode;
  /** What the button says that does it. */
  act: string;
  change: { error: unknown; isPending: boolean; reset: () => void };
  onAct: () => void;
  onClose: () => void;
  children?: ReactNode;
}

/** Asks before something is changed, and says why that was refused. */
export function Confirm({ open, title, about, act, change, onAct, onClose, children }: Props) {
  const id = useId();
  const leave = (): void => {
    change.reset();
    onClose();
  };
  return (
    <Dialog open={open} onClose={leave} fullWidth maxWidth="xs" aria-labelledby={id}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onAct();
        }}
      >
        <DialogTitle id={id}>{title}</DialogTitle>
        <DialogContent sx={{ display: "grid", gap: 2 }}>
          <DialogContentText component="div">{about}</DialogContentText>
          {children}
          {change.error !== null && <Failed error={change.error} />}
        </DialogContent>
        <DialogActions>
          <Button onClick={leave} color="inherit">
            Leave it
          </Button>
          <Button type="submit" variant="contained" loading={change.isPending}>
            {act}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
