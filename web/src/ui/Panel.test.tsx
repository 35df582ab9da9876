import { screen } from "@testing-library/react";
import { expect, test } from "vitest";

import { RequestError } from "../api/problem";
import { show } from "../testing/render";
import { Failed } from "./Panel";

test("a time that is no longer kept leads to those that are", () => {
  const gone = new RequestError({ status: 410, title: "Gone", detail: "Those since 2026-11-27T19:00:58Z are." });
  show(<Failed error={gone} />, { at: "/?range=1d" });
  expect(screen.getByRole("alert")).toHaveTextContent("Those since 2026-11-27 19:00:58 UTC are. Choose a later time");
  expect(screen.getByRole("link", { name: "Time travel" })).toHaveAttribute("href", "/history?range=1d");
});

test("what failed otherwise says what the API says of it", () => {
  show(<Failed error={new RequestError({ status: 503, title: "Away", detail: "Ask again." })} />);
  expect(screen.getByRole("alert")).toHaveTextContent("AwayAsk again.");
  expect(screen.queryByRole("link")).toBeNull();
});
