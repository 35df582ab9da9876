import { Stack, Typography } from "@mui/material";
import { Route, Routes } from "react-router";

import { Ledger } from "../../ledger/Ledger";
import { Sources } from "../../ledger/Sources";
import { PartTabs } from "../../ui/PartTabs";
import { RangeSelect } from "../../ui/RangeSelect";
import { Figures } from "./figures/Figures";
import { Bench } from "./repair/Bench";
import { Reasons } from "./Reasons";
import { Records } from "./Records";

/** Whether everything is accounted for, how good it is, what was rejected and why, and how that is repaired. */
export function Quality() {
  return (
    <Stack spacing={2}>
      <Stack direction="row" spacing={2} sx={{ alignItems: "center", justifyContent: "space-between" }}>
        <Typography variant="h1">Quality</Typography>
        <RangeSelect />
      </Stack>
      <PartTabs
        parts={[
          ["/quality", "Records"],
          ["/quality/figures", "Figures"],
          ["/quality/repair", "Repair bench"],
        ]}
      />
      <Routes>
        <Route index element={<Rejected />} />
        <Route path="figures" element={<Figures />} />
        <Route path="repair" element={<Bench />} />
      </Routes>
    </Stack>
  );
}

function Rejected() {
  return (
    <>
      <Ledger />
      <Reasons />
      <Records />
      <Sources />
    </>
  );
}
