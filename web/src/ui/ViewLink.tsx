import { Link, type LinkProps } from "@mui/material";
import { Link as RouterLink, useLocation } from "react-router";

import { shared } from "../app/view";

/** A link within the application that stays in the same range and time. filters: of the page it goes to. */
export function ViewLink({
  to,
  filters = {},
  ...more
}: { to: string; filters?: Record<string, string> } & Omit<LinkProps, "href">) {
  const { search } = useLocation();
  const query = new URLSearchParams(shared(search));
  for (const [name, value] of Object.entries(filters)) query.set(name, value);
  return <Link component={RouterLink} to={{ pathname: to, search: query.toString() }} {...more} />;
}
