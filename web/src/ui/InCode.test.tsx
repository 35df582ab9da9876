import { render, screen } from "@testing-library/react";
import { expect, test } from "vitest";

import { InCode } from "./InCode";

test("what stands between backticks is code, and the rest is as it was written", () => {
  const { container } = render(<InCode>{"Start one with `rtl run` or `rtl up`."}</InCode>);
  expect(container).toHaveTextContent("Start one with rtl run or rtl up.");
  expect(screen.getAllByText(/^rtl/).map(({ tagName }) => tagName)).toEqual(["CODE", "CODE"]);
});
