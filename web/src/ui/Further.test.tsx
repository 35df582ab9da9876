import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";

import { show } from "../testing/render";
import { Further } from "./Further";

test("the next page is asked for where there is one, and nothing is offered where there is none", async () => {
  let asked = 0;
  const query = { hasNextPage: true, isFetchingNextPage: false, fetchNextPage: () => (asked += 1) };
  show(<Further query={query} name="Earlier records" />);
  await userEvent.click(screen.getByRole("button", { name: "Earlier records" }));
  expect(asked).toBe(1);
  show(<Further query={{ ...query, hasNextPage: false }} name="Earlier versions" />);
  expect(screen.queryByRole("button", { name: "Earlier versions" })).toBeNull();
});
