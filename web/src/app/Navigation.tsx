import { Box, List, ListItem, ListItemButton, ListItemText, Link } from "@mui/material";
import { Link as RouterLink, useLocation } from "react-router";

import { PAGES } from "./pages";
import { SchemeSwitch } from "./SchemeSwitch";
import { shared } from "./view";

/** The pages, and light or dark. onLeave: called when one was chosen. */
export function Navigation({ onLeave }: { onLeave: () => void }) {
  const { pathname, search } = useLocation();
  return (
    <Box
      component="nav"
      aria-label="Pages"
      sx={{ flexGrow: 1, display: "flex", flexDirection: "column", justifyContent: "space-between" }}
    >
      <List dense>
        {PAGES.map(({ path, name }) => {
          const here = path === "/" ? pathname === "/" : pathname.startsWith(path);
          return (
            <ListItem key={path} disablePadding>
              <ListItemButton
                component={RouterLink}
                to={{ pathname: path, search: shared(search) }}
                selected={here}
                aria-current={here ? "page" : undefined}
                onClick={onLeave}
              >
                <ListItemText primary={name} />
              </ListItemButton>
            </ListItem>
          );
        })}
      </List>
      <Box sx={{ p: 2, display: "grid", gap: 1.5 }}>
        <SchemeSwitch />
        <Link href="/api/docs" variant="body2">
          API reference
        </Link>
      </Box>
    </Box>
  );
}
