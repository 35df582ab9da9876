import "@testing-library/jest-dom/vitest";
import { cleanup, configure } from "@testing-library/react";
import { afterEach } from "vitest";

// A second is not much on a machine that has other things to do.
configure({ asyncUtilTimeout: 10_000 });
afterEach(cleanup);

/** jsdom lays nothing out, so no element ever gets another size. */
class NothingResized implements ResizeObserver {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
}
globalThis.ResizeObserver = NothingResized;
