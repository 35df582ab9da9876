import { render, screen } from "@testing-library/react";
import { expect, test } from "vitest";

import { Said } from "./Said";

test("times are told as elsewhere", () => {
  const { container } = render(<Said>The versions since 2026-11-27T19:00:58.797000Z are kept.</Said>);
  expect(container).toHaveTextContent("The versions since 2026-11-27 19:00:58 UTC are kept.");
});

test("what stands between backticks is code, and the rest is as it was written", () => {
  const { container } = render(<Said>{"Start one with `rtl run` or `rtl up`."}</Said>);
  expect(container).toHaveTextContent("Start one with rtl run or rtl up.");
  expect(screen.getAllByText(/^rtl/).map(({ tagName }) => tagName)).toEqual(["CODE", "CODE"]);
});
