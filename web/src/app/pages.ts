/** The pages, in the order of the navigation; each is loaded when it is first looked at. */
import { lazy, type ComponentType } from "react";

export interface PageEntry {
  path: string;
  name: string;
  /** What it answers, for the command palette. */
  about: string;
  Component: ComponentType;
}

export const PAGES: PageEntry[] = [
  {
    path: "/",
    name: "Overview",
    about: "Key figures of the range, as they change",
    Component: lazy(async () => ({ default: (await import("../pages/overview/Overview")).Overview })),
  },
  {
    path: "/explore",
    name: "Explore",
    about: "Any figure, told apart by what you like, without SQL",
    Component: lazy(async () => ({ default: (await import("../pages/explore/Explore")).Explore })),
  },
  {
    path: "/history",
    name: "Time travel",
    about: "What was known at any time, and what each version of a table did",
    Component: lazy(async () => ({ default: (await import("../pages/history/History")).History })),
  },
  {
    path: "/pipeline",
    name: "Pipeline",
    about: "How records become figures, how fast, and what is made of what",
    Component: lazy(async () => ({ default: (await import("../pages/pipeline/Pipeline")).Pipeline })),
  },
  {
    path: "/quality",
    name: "Quality",
    about: "Whether every record is accounted for, and what was rejected and why",
    Component: lazy(async () => ({ default: (await import("../pages/quality/Quality")).Quality })),
  },
  {
    path: "/alerts",
    name: "Alerts",
    about: "What fires and why, what is watched, and what fired before",
    Component: lazy(async () => ({ default: (await import("../pages/alerts/Alerts")).Alerts })),
  },
  {
    path: "/tables",
    name: "Tables",
    about: "What each table holds: columns, rows, files and figures of them",
    Component: lazy(async () => ({ default: (await import("../pages/tables/Tables")).Tables })),
  },
  {
    path: "/query",
    name: "Query",
    about: "SQL over the tables, read-only",
    Component: lazy(async () => ({ default: (await import("../pages/query/Query")).Query })),
  },
  {
    path: "/admin",
    name: "Admin",
    about: "Who you are, keys, and who did what",
    Component: lazy(async () => ({ default: (await import("../pages/admin/Admin")).Admin })),
  },
];

export const Product = lazy(async () => ({ default: (await import("../pages/product/Product")).Product }));

export const Explain = lazy(async () => ({ default: (await import("../pages/explain/Explain")).Explain }));
