import { ThemeProvider } from "@mui/material";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render } from "@testing-library/react";
import type { ReactNode } from "react";
import { MemoryRouter, useLocation } from "react-router";

import { theme } from "../app/theme";
import type { LiveMessage } from "../live/message";
import { LiveStore } from "../live/store";
import { LiveContext } from "../live/useLive";

interface Place {
  at?: string;
  message?: LiveMessage | null;
}

/** Renders as the application does, at an address, with what the live feed last said. */
export function show(content: ReactNode, { at = "/", message = null }: Place = {}) {
  const now = Date.now();
  const store = new LiveStore({ message, heardAt: now, receivedAt: now });
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  return render(
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
}

/** Where the application is, for tests to read. */
function Address() {
  const { pathname, search } = useLocation();
  return <output data-testid="address">{decodeURIComponent(pathname + search)}</output>;
}
