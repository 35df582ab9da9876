import { useEffect } from "react";
import { useLocation } from "react-router";

import { useStanding } from "../live/useLive";
import { PAGES } from "./pages";
import { useView } from "./view";

// A minute and a product are no pages of the menu.
const NAMED = [...PAGES, { path: "/explain/", name: "Explain" }, { path: "/products/", name: "Product" }];

/** What the browser's tab says: the page, and first of all that the figures are not the present, where they are not. */
export function Title(): null {
  const { pathname } = useLocation();
  const { asOf } = useView();
  const { name } = useStanding();
  const page = NAMED.find(({ path }) => path !== "/" && pathname.startsWith(path))?.name;
  const stands = asOf === null && (name === "stale" || name === "away") ? `${name}: ` : "";
  const title = `${stands}${page === undefined ? "" : `${page} – `}RT-Lakehouse`;
  useEffect(() => {
    document.title = title;
  }, [title]);
  return null;
}
