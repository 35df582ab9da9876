import "@testing-library/jest-dom/vitest";
import { cleanup, configure } from "@testing-library/react";
import { afterEach } from "vitest";

// A second is not much on a machine that has other things to do.
configure({ asyncUtilTimeout: 10_000 });
afterEach(cleanup);

/** jsdom lays nothing out: no element ever gets another size, or comes into sight. */
class NothingSeen implements ResizeObserver, IntersectionObserver {
  readonly root = null;
  readonly rootMargin = "";
  readonly scrollMargin = "";
  readonly thresholds = [];
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
  takeRecords(): IntersectionObserverEntry[] {
    return [];
  }
}
globalThis.ResizeObserver = NothingSeen;
globalThis.IntersectionObserver = NothingSeen;
