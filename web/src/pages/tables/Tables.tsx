import { Stack, Typography } from "@mui/material";
import type { ReactNode } from "react";
import { Route, Routes } from "react-router";

import { PartTabs } from "../../ui/PartTabs";
import { TableList } from "./TableList";
import { TablePage } from "./TablePage";
import { Snapshots } from "./upkeep/Snapshots";
import { Upkeep } from "./upkeep/Upkeep";

/** The tables of the lake with their upkeep, and each of them from within. */
export function Tables() {
  return (
    <Routes>
      <Route index element={<Part shown={<TableList />} />} />
      <Route path="upkeep" element={<Part shown={<Upkeep />} />} />
      <Route path="snapshots" element={<Part shown={<Snapshots />} />} />
      <Route path=":name/:part?" element={<TablePage />} />
    </Routes>
  );
}

function Part({ shown }: { shown: ReactNode }) {
  return (
    <Stack spacing={2}>
      <Typography variant="h1">Tables</Typography>
      <PartTabs
        parts={[
          ["/tables", "All tables"],
          ["/tables/upkeep", "Upkeep and jobs"],
          ["/tables/snapshots", "Snapshots"],
        ]}
      />
      {shown}
    </Stack>
  );
}
