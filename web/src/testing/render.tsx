import { ThemeProvider } from "@mui/material";
import { QueryClientProvider } from "@tanstack/react-query";
import { render } from "@testing-library/react";
import type { ReactNode } from "react";
import { MemoryRouter, useLocation } from "react-router";

import type { Problem } from "../api/problem";
import { newQueries } from "../app/queries";
import { theme } from "../app/theme";
import type { LiveMessage } from "../live/message";
import { LiveStore } from "../live/store";
import { LiveContext } from "../live/useLive";

interface Place {
  at?: string;
  message?: LiveMessage | null;
  problem?: Problem;
  /** Instead of these: the feed itself, for tests in which it says more. */
  feed?: LiveStore;
}

/** Renders as the application does, at an address, with what the live feed last said, or why it does not; returns what it asks by. */
export function show(content: ReactNode, { at = "/", message = null, problem, feed }: Place = {}) {
  const now = Date.now();
  const store = feed ?? new LiveStore({ message, heardAt: now, receivedAt: now, problem: problem ?? null });
  const queries = newQueries({ retry: false });
  render(
    <ThemeProvider theme={theme}>
      <QueryClientProvider client={queries}>
        <LiveContext value={store}>
          <MemoryRouter initialEntries={[at]}>
            {content}
            <Address />
          </MemoryRouter>
        </LiveContext>
      </QueryClientProvider>
    </ThemeProvider>,
  );
  return queries;
}

/** Where the application is, for tests to read. */
function Address() {
  const { pathname, search } = useLocation();
  return <output data-testid="address">{decodeURIComponent(pathname + search)}</output>;
}
