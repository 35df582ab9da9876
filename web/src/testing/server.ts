/** A network that answers what a test says, and fails on what it did not. */
import { http, HttpResponse } from "msw";
import { setupServer } from "msw/node";
import { afterAll, afterEach, beforeAll } from "vitest";

import type { Schemas } from "../api/client";

export const server = setupServer();

beforeAll(() => server.listen({ onUnhandledRequest: "error" }));
afterEach(() => server.resetHandlers());
afterAll(() => server.close());

const root = "*/api/v1";

/** Answers a path, and remembers what was asked for. */
export function answers(path: string, body: object, method: "get" | "post" | "delete" = "get"): URL[] {
  const asked: URL[] = [];
  server.use(
    http[method](root + path, ({ request }) => {
      asked.push(new URL(request.url));
      return HttpResponse.json(body);
    }),
  );
  return asked;
}

/** Refuses a path with a problem. */
export function refuses(
  path: string,
  problem: Partial<Schemas["Problem"]>,
  method: "get" | "post" | "delete" = "get",
): void {
  const status = problem.status ?? 503;
  server.use(
    http[method](root + path, () =>
      HttpResponse.json({ type: "about:blank", title: "Service Unavailable", request_id: "1", ...problem }, { status }),
    ),
  );
}

/** Nothing listens at a path. */
export function isDown(path: string): void {
  server.use(http.get(root + path, () => HttpResponse.error()));
}
