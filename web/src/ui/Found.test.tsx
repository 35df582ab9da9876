import { useQuery, useQueryClient } from "@tanstack/react-query";
import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";

import { api, unwrap } from "../api/client";
import { show } from "../testing/render";
import { answers, refuses } from "../testing/server";
import { Found } from "./Found";

function Tables() {
  const queries = useQueryClient();
  const tables = useQuery({ queryKey: ["tables"], queryFn: () => unwrap(api.GET("/api/v1/tables")) });
  return (
    <>
      <button onClick={() => void queries.invalidateQueries()}>Again</button>
      <Found query={tables}>{({ data }) => `${data.length} tables`}</Found>
    </>
  );
}

test("what could not be renewed stays, and says since when it is not new", async () => {
  answers("/tables", { data: [] });
  show(<Tables />);
  expect(screen.getByLabelText("Loading")).toBeVisible();
  expect(await screen.findByText("0 tables")).toBeVisible();
  refuses("/tables", { status: 429, detail: "Ask again in 20 s." });
  await userEvent.click(screen.getByRole("button", { name: "Again" }));
  expect(await screen.findByRole("alert")).toHaveTextContent(/^Stale: as of \d\d:\d\d:\d\d UTC.* Ask again in 20 s\.$/);
  expect(screen.getByText("0 tables")).toBeVisible();
});
