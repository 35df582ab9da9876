import { useMutation, useQuery } from "@tanstack/react-query";
import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test } from "vitest";

import { api, unwrap } from "../api/client";
import { storedKey, storeKey } from "../api/key";
import { answerRefusal } from "../api/refusal";
import { show } from "../testing/render";
import { answers, refuses } from "../testing/server";
import { SignIn } from "./SignIn";

const UNKNOWN = { status: 401, title: "Unauthorized", detail: "That key is not known, or was revoked." };
const NEEDED = { status: 401, title: "Unauthorized", detail: "This needs a key of role admin." };

afterEach(() => {
  storeKey(null);
  answerRefusal("given");
});

function Page() {
  const tenants = useQuery({ queryKey: ["tenants"], queryFn: () => unwrap(api.GET("/api/v1/tenants")) });
  const resume = useMutation({ mutationFn: () => unwrap(api.POST("/api/v1/pipeline/resume")) });
  return (
    <>
      <SignIn />
      <output>{tenants.data?.data[0]?.tenant_id ?? "nothing"}</output>
      <output>{tenants.errorUpdateCount} refusals</output>
      <button onClick={() => void tenants.refetch()}>Read again</button>
      <button onClick={() => resume.mutate()}>Resume</button>
    </>
  );
}

test("a key is kept once it is good, everything is read anew with it, and it is forgotten again", async () => {
  refuses("/whoami", UNKNOWN);
  answers("/tenants", { data: [{ tenant_id: "default", keys: {} }] });
  const user = userEvent.setup();
  show(<Page />);
  await screen.findByText("default");
  await user.click(screen.getByRole("button", { name: "Key…" }));
  await user.type(screen.getByLabelText("API key"), "rtl_wrong{Enter}");
  expect(await screen.findByText(UNKNOWN.detail)).toBeVisible();
  expect(storedKey()).toBeNull();
  answers("/whoami", { tenant_id: "acme", role: "reader", key_id: "ab12cd34" });
  answers("/tenants", { data: [{ tenant_id: "acme", keys: {} }] });
  await user.clear(screen.getByLabelText("API key"));
  await user.type(screen.getByLabelText("API key"), "rtl_good{Enter}");
  expect(await screen.findByText("acme")).toBeInTheDocument();
  expect(storedKey()).toBe("rtl_good");
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  await user.click(screen.getByRole("button", { name: "Key…" }));
  await user.click(screen.getByRole("button", { name: "Forget the key" }));
  expect(storedKey()).toBeNull();
});

test("what is refused asks for a key and says why; who declines is asked again only for what they do by hand", async () => {
  refuses("/tenants", NEEDED);
  refuses(
    "/pipeline/resume",
    { ...NEEDED, status: 403, detail: "This needs role admin, and yours is of role reader." },
    "post",
  );
  const user = userEvent.setup();
  show(<Page />);
  expect(await screen.findByText(NEEDED.detail)).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Cancel" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  await user.click(screen.getByRole("button", { name: "Read again" }));
  expect(await screen.findByText("2 refusals")).toBeVisible();
  expect(screen.queryByRole("dialog")).toBeNull();
  await user.click(screen.getByRole("button", { name: "Resume" }));
  expect(await screen.findByText(/yours is of role reader/)).toBeVisible();
});

test("where the live feed is refused, a key is asked for too", () => {
  show(<SignIn />, { problem: NEEDED });
  expect(screen.getByText(NEEDED.detail)).toBeVisible();
  expect(screen.getByText("Sign in…")).toBeInTheDocument();
});
