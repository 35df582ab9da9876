import { Stack, Typography } from "@mui/material";

import { useView } from "../../app/view";
import { Commits } from "./Commits";
import { Pins } from "./Pins";
import { TableHistory } from "./TableHistory";
import { ThenAndNow } from "./ThenAndNow";
import { TimeSlider } from "./TimeSlider";

/** What the lake knew, when, and how it came to know it. */
export function History() {
  const { asOf } = useView();
  return (
    <Stack spacing={2}>
      <Typography variant="h1">Time travel</Typography>
      <TimeSlider />
      {asOf !== null && <ThenAndNow />}
      <Pins />
      <Commits />
      <TableHistory />
    </Stack>
  );
}
