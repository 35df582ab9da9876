import { Button, Stack } from "@mui/material";
import { Component, type ReactNode } from "react";

import { Failed } from "../ui/Panel";

/** Keeps what is around it where a page or a part of it breaks, and says what broke. */
export class Failsafe extends Component<{ children: ReactNode }, { error: unknown }> {
  override state = { error: null as unknown };

  static getDerivedStateFromError(error: unknown): { error: unknown } {
    return { error };
  }

  override render(): ReactNode {
    if (this.state.error === null) return this.props.children;
    return (
      <Stack spacing={2} sx={{ alignItems: "start" }}>
        <Failed error={this.state.error} />
        <Button variant="outlined" onClick={() => window.location.reload()}>
          Load the page again
        </Button>
      </Stack>
    );
  }
}
