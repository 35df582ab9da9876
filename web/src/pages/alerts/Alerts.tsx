import { Alert, Stack, Typography } from "@mui/material";

import { useView } from "../../app/view";
import { Firing } from "./Firing";
import { History } from "./History";
import { Rules } from "./Rules";

/** What fires and why, what is watched, and what fired before. */
export function Alerts() {
  const { asOf } = useView();
  return (
    <Stack spacing={2}>
      <Typography variant="h1">Alerts</Typography>
      {asOf !== null && (
        <Alert severity="info" variant="outlined">
          Alerts are told as they are now, not as of then. What fired then is in the history.
        </Alert>
      )}
      <Firing />
      <Rules />
      <History />
    </Stack>
  );
}
