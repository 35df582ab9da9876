import { Button } from "@mui/material";
import type { ReactNode } from "react";

interface Props {
  pressed: boolean;
  /** Called with whether it is pressed from now on. */
  onToggle: (pressed: boolean) => void;
  children: ReactNode;
}

/** The name of a row, which chooses it; once more, and none is chosen. */
export function Toggle({ pressed, onToggle, children }: Props) {
  return (
    <Button size="small" sx={{ minWidth: 0, p: 0 }} aria-pressed={pressed} onClick={() => onToggle(!pressed)}>
      {children}
    </Button>
  );
}
