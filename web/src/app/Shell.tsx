import { Box, Drawer, Link, Stack, Typography, useMediaQuery } from "@mui/material";
import { useTheme } from "@mui/material/styles";
import { lazy, Suspense, useContext, useEffect, useRef, useState, type RefObject } from "react";
import { NavigationType, Route, Routes, useLocation, useNavigationType } from "react-router";

import { useKey } from "../api/key";
import { LiveBadge } from "../live/LiveBadge";
import { LiveContext } from "../live/useLive";
import { Loading } from "../ui/Panel";
import { ViewLink } from "../ui/ViewLink";
import { AsOfBanner } from "./AsOfBanner";
import { CommandPalette } from "./CommandPalette";
import { Header } from "./Header";
import { Navigation } from "./Navigation";
import { OfTenant } from "./OfTenant";
import { Title } from "./Title";
import { Failsafe } from "./Failsafe";
import { Explain, PAGES, Product } from "./pages";
import { useView } from "./view";

const Assistant = lazy(async () => ({ default: (await import("../assistant/Assistant")).Assistant }));

const WIDTH = 208;

// Out of sight until the keyboard reaches it, first of all.
const SKIP = {
  position: "fixed",
  top: -100,
  left: 8,
  zIndex: "tooltip",
  p: 1,
  bgcolor: "background.paper",
  "&:focus": { top: 8 },
} as const;

/** What is around every page: where one is, as of when, and whether what is shown is the present. */
export function Shell() {
  const store = useContext(LiveContext);
  const key = useKey();
  // With another key, another's figures come in.
  useEffect(() => store.start(), [store, key]);
  const wide = useMediaQuery(useTheme().breakpoints.up("md"));
  const { asOf } = useView();
  const [open, setOpen] = useState(false);
  const [palette, setPalette] = useState(false);
  // Null until it is first asked for: then it is loaded, and keeps what was asked.
  const [asking, setAsking] = useState<boolean | null>(null);
  const main = useRef<HTMLElement>(null);
  useArrival(main);
  usePaletteKey(() => setPalette(true));
  return (
    <Box sx={{ display: "flex" }}>
      <Title />
      <Link href="#main" sx={SKIP}>
        Skip to the page
      </Link>
      <Header
        wide={wide}
        open={open}
        onMenu={() => setOpen(!open)}
        onAsk={() => setAsking(true)}
        onPalette={() => setPalette(true)}
      />
      <Drawer
        variant={wide ? "permanent" : "temporary"}
        open={wide || open}
        onClose={() => setOpen(false)}
        slotProps={{ paper: { sx: { width: WIDTH, pt: 7 } } }}
        sx={{ width: wide ? WIDTH : 0, flexShrink: 0 }}
      >
        <Navigation onLeave={() => setOpen(false)} />
      </Drawer>
      <Box
        component="main"
        id="main"
        ref={main}
        tabIndex={-1}
        sx={{ flexGrow: 1, minWidth: 0, outline: "none", px: { xs: 1.5, md: 3 }, pt: 8, pb: 4 }}
      >
        <Stack spacing={1.5} sx={{ mb: 2 }}>
          <AsOfBanner />
          {asOf === null && <LiveBadge />}
        </Stack>
        <Failsafe>
          <OfTenant>
            <Suspense fallback={<Loading height={480} />}>
              <Routes>
                {PAGES.map(({ path, Component }) => (
                  <Route key={path} path={path === "/" ? path : `${path}/*`} element={<Component />} />
                ))}
                <Route path="/explain/:start" element={<Explain />} />
                <Route path="/products/:id" element={<Product />} />
                <Route path="*" element={<Nowhere />} />
              </Routes>
            </Suspense>
          </OfTenant>
        </Failsafe>
      </Box>
      <CommandPalette open={palette} onClose={() => setPalette(false)} onAsk={() => setAsking(true)} />
      {asking !== null && (
        <Failsafe>
          <Suspense fallback={null}>
            <Assistant open={asking} onClose={() => setAsking(false)} />
          </Suspense>
        </Failsafe>
      )}
    </Box>
  );
}

function Nowhere() {
  return (
    <>
      <Typography variant="h1">No such page</Typography>
      <Typography>
        The address leads nowhere; choose a page of the menu, or go to the <ViewLink to="/">overview</ViewLink>.
      </Typography>
    </>
  );
}

/** A page is read from its top, by the keyboard and by who listens, too; going back, the browser knows where one was. */
function useArrival(main: RefObject<HTMLElement | null>): void {
  const { pathname } = useLocation();
  const kind = useNavigationType();
  const left = useRef(pathname);
  useEffect(() => {
    if (left.current === pathname) return;
    left.current = pathname;
    // Parts of a page are chosen one after the other.
    if (document.activeElement?.role === "tab") return;
    if (kind !== NavigationType.Pop) window.scrollTo(0, 0);
    main.current?.focus({ preventScroll: true });
  }, [pathname, kind, main]);
}

function usePaletteKey(onKey: () => void): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      onKey();
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  });
}
