import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { expect, test } from "vitest";

import { show } from "../../testing/render";
import { answers, server } from "../../testing/server";
import { Admin } from "./Admin";

const KEY = {
  ...{ id: "ab12cd34", name: "the till", tenant_id: "acme", role: "ingest" },
  ...{ created_at: "2026-11-24T10:30:00Z", revoked_at: null },
};

function asAdmin() {
  answers("/audit", { data: [], next_cursor: null });
  answers("/whoami", { tenant_id: "acme", role: "admin", key_id: "ee00ff11" });
  answers("/tenants", { data: [{ tenant_id: "acme", keys: { reader: 0, ingest: 1, admin: 1 } }] });
  answers("/keys", { data: [KEY] });
}

test("who is no admin is told who they are and what they need, and no key is asked for", async () => {
  answers("/whoami", { tenant_id: "default", role: "reader", key_id: null });
  show(<Admin />);
  expect(await screen.findByText("You came without a key: role reader, tenant default.")).toBeVisible();
  expect(screen.getByText(/A key of role admin shows/)).toBeVisible();
});

test("a key is made with its text shown until it is hidden, and is copied", async () => {
  asAdmin();
  const bodies: unknown[] = [];
  server.use(
    http.post("*/api/v1/keys", async ({ request }) => {
      bodies.push(await request.json());
      return HttpResponse.json({ text: "rtl_ab12cd34_secret", key: KEY }, { status: 201 });
    }),
  );
  const user = userEvent.setup();
  show(<Admin />);
  expect(await screen.findByText("Tenant acme; good keys: 0 reader, 1 ingest, 1 admin.")).toBeVisible();
  await user.click(screen.getByLabelText("New key for"));
  await user.paste("the till");
  await user.click(screen.getByText("Make it"));
  expect(await screen.findByText("rtl_ab12cd34_secret")).toBeVisible();
  expect(bodies).toEqual([{ role: "reader", name: "the till" }]);
  await user.click(screen.getByText("Copy the key"));
  expect(await screen.findByText("Copied.")).toBeVisible();
  expect(await navigator.clipboard.readText()).toBe("rtl_ab12cd34_secret");
  await user.click(screen.getByText("Hide it"));
  expect(screen.queryByText("rtl_ab12cd34_secret")).toBeNull();
});

test("a key is revoked after a question, and stays listed", async () => {
  asAdmin();
  const revoked = answers("/keys/:id", KEY, "delete");
  const user = userEvent.setup();
  show(<Admin />);
  await user.click(await screen.findByText("Revoke…"));
  answers("/keys", { data: [{ ...KEY, revoked_at: "2026-11-24T10:31:00Z" }] });
  await user.click(screen.getByText("Revoke it"));
  expect(await screen.findByText("revoked 2026-11-24 10:31:00 UTC")).toBeVisible();
  expect(revoked.map(({ pathname }) => pathname)).toEqual([`/api/v1/keys/${KEY.id}`]);
});

test("who did what is told, page by page, and narrowed to one of them by the address", async () => {
  asAdmin();
  const entry = {
    id: 9,
    at: "2026-11-24T10:30:00Z",
    who: "ab12cd34",
    key_name: "the till",
    versions: { "bronze.events": 41 },
    action: "pin.create",
    target: "3",
  };
  const asked = answers("/audit", {
    data: [{ ...entry, detail: { note: "month end", expires_at: null } }],
    next_cursor: null,
  });
  show(<Admin />, { at: "/admin?action=pin.create" });
  const row = (await screen.findByText("note month end, bronze.events 41")).closest("tr");
  expect(row).toHaveTextContent(
    "2026-11-24 10:30:00 UTCthe till (ab12cd34)pin.create3note month end, bronze.events 41",
  );
  await userEvent.click(screen.getByText("the till (ab12cd34)"));
  expect(await screen.findByText("Only of ab12cd34; show all")).toBeVisible();
  expect(screen.getByTestId("address")).toHaveTextContent("/admin?action=pin.create&who=ab12cd34");
  const query = ({ searchParams }: URL) => [searchParams.get("who"), searchParams.get("action")];
  expect(asked.map(query)).toEqual([
    [null, "pin.create"],
    ["ab12cd34", "pin.create"],
  ]);
});
