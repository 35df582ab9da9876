import "@testing-library/jest-dom/vitest";
import { cleanup, configure } from "@testing-library/react";
import { afterEach } from "vitest";

// A second is not much on a machine that has other things to do.
configure({ asyncUtilTimeout: 10_000 });
afterEach(cleanup);
