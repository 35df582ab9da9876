import { Box, Container, CssBaseline, Link, Stack, ThemeProvider, Typography } from "@mui/material";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode, useContext, useEffect } from "react";
import { createRoot } from "react-dom/client";
import { BrowserRouter, Link as RouterLink, Route, Routes } from "react-router";

import { theme } from "./app/theme";
import { LiveBadge } from "./live/LiveBadge";
import { LiveContext } from "./live/useLive";
import { Explain } from "./pages/explain/Explain";
import { Overview } from "./pages/overview/Overview";

const queries = new QueryClient({ defaultOptions: { queries: { retry: 1, staleTime: 5_000 } } });

function Shell() {
  const store = useContext(LiveContext);
  useEffect(() => store.start(), [store]);
  return (
    <Container maxWidth="xl" sx={{ py: 2 }}>
      <Stack component="header" spacing={1} sx={{ mb: 2 }}>
        <Stack direction="row" spacing={2} sx={{ alignItems: "baseline" }}>
          <Typography variant="h1" component="p">
            RT-Lakehouse
          </Typography>
          <Link component={RouterLink} to="/">
            Overview
          </Link>
          <Link href="/api/docs">API docs</Link>
        </Stack>
        <LiveBadge />
      </Stack>
      <Box component="main">
        <Routes>
          <Route path="/" element={<Overview />} />
          <Route path="/explain/:start" element={<Explain />} />
          <Route path="*" element={<Typography>There is no such page.</Typography>} />
        </Routes>
      </Box>
    </Container>
  );
}

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root.");
createRoot(root).render(
  <StrictMode>
    <ThemeProvider theme={theme} defaultMode="system">
      <CssBaseline />
      <QueryClientProvider client={queries}>
        <BrowserRouter basename="/dashboard">
          <Shell />
        </BrowserRouter>
      </QueryClientProvider>
    </ThemeProvider>
  </StrictMode>,
);
