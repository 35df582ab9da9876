import { Tab, Tabs } from "@mui/material";
import { Link, useLocation } from "react-router";

import { shared } from "../app/view";

/** The parts of a page, each with its own address. parts: path and name, the page's own path first. */
export function PartTabs({ parts }: { parts: [path: string, name: string][] }) {
  const { pathname, search } = useLocation();
  const here = parts.findLast(([path]) => pathname.startsWith(path))?.[0];
  return (
    <Tabs value={here ?? false} variant="scrollable" scrollButtons={false} aria-label="Parts of this page">
      {parts.map(([path, name]) => (
        <Tab key={path} value={path} label={name} component={Link} to={{ pathname: path, search: shared(search) }} />
      ))}
    </Tabs>
  );
}
