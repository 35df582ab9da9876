import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test } from "vitest";

import { storeKey } from "../api/key";
import { show } from "../testing/render";
import { answers, refuses } from "../testing/server";
import { OfTenant } from "./OfTenant";
import { SignIn } from "./SignIn";

afterEach(() => storeKey(null));

const address = (): string => screen.getByTestId("address").textContent;

const FIGURES = "€77.00";

function showAt(at: string): void {
  show(
    <>
      <SignIn />
      <OfTenant>{FIGURES}</OfTenant>
    </>,
    { at },
  );
}

const isOf = (tenant_id: string, key_id: string | null = "ab12cd34") =>
  answers("/whoami", { tenant_id, role: "reader", key_id });

test("who has no key sees the view at once, and is not asked who they are", () => {
  const asked = isOf("default", null);
  showAt("/?range=6h");
  expect(screen.getByText(FIGURES)).toBeVisible();
  expect(address()).toBe("/?range=6h");
  expect(asked).toHaveLength(0);
});

test("with a key, the address names its tenant", async () => {
  storeKey("rtl_good");
  isOf("acme");
  showAt("/?range=6h");
  await expect.poll(address).toBe("/?range=6h&tenant=acme");
  expect(screen.getByText(FIGURES)).toBeVisible();
});

test("a link of one's own tenant opens", async () => {
  storeKey("rtl_good");
  isOf("acme");
  showAt("/?tenant=acme");
  expect(await screen.findByText(FIGURES)).toBeVisible();
});

test("a link of another tenant shows nothing until one looks at one's own", async () => {
  storeKey("rtl_good");
  isOf("acme");
  showAt("/?range=6h&tenant=north");
  expect(screen.queryByText(FIGURES)).toBeNull();
  expect(await screen.findByRole("alert")).toHaveTextContent("the tenant north, and you read as acme");
  expect(screen.queryByText(FIGURES)).toBeNull();
  await userEvent.click(screen.getByRole("button", { name: "Show mine" }));
  expect(await screen.findByText(FIGURES)).toBeVisible();
  expect(address()).toBe("/?range=6h&tenant=acme");
});

test("who has no key opens a link of a tenant with its key, and forgets it again", async () => {
  isOf("default", null);
  const user = userEvent.setup();
  showAt("/?tenant=north");
  expect(await screen.findByRole("alert")).toHaveTextContent("you read as default");
  isOf("north");
  await user.click(screen.getByRole("button", { name: "Key…" }));
  await user.type(screen.getByLabelText("API key"), "rtl_north{Enter}");
  expect(await screen.findByText(FIGURES)).toBeInTheDocument();
  expect(address()).toBe("/?tenant=north");
  isOf("default", null);
  await user.click(await screen.findByRole("button", { name: "Key…" }));
  await user.click(screen.getByRole("button", { name: "Forget the key" }));
  expect(await screen.findByText(FIGURES)).toBeInTheDocument();
  expect(address()).toBe("/");
});

test("a key of another tenant takes the view to that one", async () => {
  storeKey("rtl_acme");
  isOf("acme");
  const user = userEvent.setup();
  showAt("/?tenant=acme");
  await screen.findByText(FIGURES);
  isOf("north");
  await user.click(screen.getByRole("button", { name: "Key…" }));
  await user.type(screen.getByLabelText("API key"), "rtl_north{Enter}");
  await expect.poll(address).toBe("/?tenant=north");
  expect(await screen.findByText(FIGURES)).toBeInTheDocument();
});

test("where it cannot be known whose view it is, that is said", async () => {
  refuses("/whoami", { status: 503, title: "Service Unavailable", detail: "The lake is being restored." });
  showAt("/?tenant=north");
  expect(await screen.findByText("The lake is being restored.")).toBeVisible();
});
