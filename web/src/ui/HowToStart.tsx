import { Typography } from "@mui/material";

import { ViewLink } from "./ViewLink";

/** Where nothing is to be seen for want of events: what that is, and the way to where one is told how to send the first. */
export function HowToStart({ said }: { said: string }) {
  return (
    <Typography variant="body2">
      {said} <ViewLink to="/">How to send the first event</ViewLink>
    </Typography>
  );
}
