import { AppBar, Button, IconButton, Toolbar, Typography } from "@mui/material";

import { AsOfControl } from "./AsOfControl";
import { SignIn } from "./SignIn";

interface Props {
  /** Whether there is room for the menu of pages beside the page; else `onMenu` shows it. */
  wide: boolean;
  open: boolean;
  onMenu: () => void;
  onAsk: () => void;
  onPalette: () => void;
}

/** What is above every page: as of when it is, who one is, and the ways to questions and to everything else. */
export function Header({ wide, open, onMenu, onAsk, onPalette }: Props) {
  return (
    <AppBar
      position="fixed"
      color="default"
      sx={{ bgcolor: "background.paper", borderBottom: 1, borderColor: "divider", zIndex: "modal" }}
      component="header"
    >
      <Toolbar
        variant="dense"
        // The name of the application fits beside all of it on a phone of 360 pixels.
        sx={{
          gap: { xs: 0.25, md: 1.5 },
          px: { xs: 1.5, sm: 3 },
          "& .MuiButton-root": { minWidth: 0, whiteSpace: "nowrap", px: { xs: 0.5, sm: 1 } },
        }}
      >
        {!wide && (
          <IconButton edge="start" aria-label="Pages" aria-expanded={open} onClick={onMenu}>
            <span aria-hidden>☰</span>
          </IconButton>
        )}
        <Typography
          component="p"
          variant="h1"
          noWrap
          sx={{ fontSize: { xs: "0.85rem", sm: "1.05rem" }, mr: "auto", minWidth: 0 }}
        >
          RT-Lakehouse
        </Typography>
        <AsOfControl />
        <SignIn />
        <Button size="small" color="inherit" onClick={onAsk} aria-haspopup="dialog">
          Ask…
        </Button>
        <Button size="small" color="inherit" onClick={onPalette} aria-keyshortcuts="Control+K">
          {wide ? "Go to… (Ctrl K)" : "Go to…"}
        </Button>
      </Toolbar>
    </AppBar>
  );
}
