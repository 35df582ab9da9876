import { screen, within } from "@testing-library/react";
import { Route, Routes } from "react-router";
import { expect, test } from "vitest";

import { show } from "../../testing/render";
import { answers, refuses } from "../../testing/server";
import { Product } from "./Product";

const page = (
  <Routes>
    <Route path="/products/:id" element={<Product />} />
  </Routes>
);
const ID = "a/b & c";
const AT = { at: `/products/${encodeURIComponent(ID)}?as_of=2026-11-24T10:30:00Z` };

test("what is bought with a product and what is like it are told, each with the way to its page", async () => {
  const both = { product_id: "cup/1", together: 21, share: 0.2386, of: 57, share_of_other: 0.3684 };
  const asked = answers("/search/products/:id/together", { of: 88, data: [both] });
  answers("/search/products/:id/similar", { data: [{ product_id: "saucer", score: 0.871, sessions: 0, orders: 57 }] });
  show(page, AT);
  const together = await screen.findByRole("region", { name: "Bought together with it" });
  expect(await within(together).findByRole("row", { name: "cup/1 21 23.9% 36.8%" })).toBeVisible();
  expect(together).toHaveTextContent("It is in 88 orders.");
  expect(within(together).getByRole("link", { name: "cup/1" })).toHaveAttribute(
    "href",
    "/products/cup%2F1?as_of=2026-11-24T10%3A30%3A00Z",
  );
  expect(await screen.findByRole("row", { name: "saucer 0.87 57 0" })).toBeVisible();
  expect(asked[0]?.pathname).toBe(`/api/v1/search/products/${encodeURIComponent(ID)}/together`);
  expect(asked[0]?.searchParams.get("as_of")).toBe("2026-11-24T10:30:00Z");
  const figures = new URL(screen.getByRole<HTMLAnchorElement>("link", { name: "Its figures over time" }).href);
  expect(figures.searchParams.get("where")).toBe(`product_id:eq:${encodeURIComponent(ID)}`);
});

test("a product that was alone says so, and what is not known says why beside it", async () => {
  answers("/search/products/:id/together", { of: 1, data: [] });
  refuses("/search/products/:id/similar", { status: 404, detail: "There is no such product." });
  show(page, AT);
  expect(await screen.findByText(/It is in 1 order\. No product was in two of them or more\./)).toBeVisible();
  expect(await screen.findByText("There is no such product.")).toBeVisible();
});

test("an index that is being built is waited for, and is no fault", async () => {
  const detail = "The index of products is being built: 0 of 9 events are counted.";
  answers("/search/products/:id/together", { of: 1, data: [] });
  refuses("/search/products/:id/similar", { status: 503, detail });
  show(page, AT);
  const said = await screen.findByText(`${detail} This page asks again by itself.`);
  expect(said.closest("[role=alert]")).toHaveClass("MuiAlert-colorInfo");
});
