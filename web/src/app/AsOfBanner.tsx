import { Alert, Button } from "@mui/material";

import { moment } from "../view/format";
import { useView } from "./view";

/** Says that not the present is shown, on every page alike. */
export function AsOfBanner() {
  const { asOf, set } = useView();
  if (asOf === null) return null;
  return (
    <Alert
      severity="info"
      variant="outlined"
      action={
        <Button color="inherit" size="small" onClick={() => set({ as_of: null })}>
          Back to now
        </Button>
      }
    >
      What was known at {moment(asOf)}. Nothing on this page moves.
    </Alert>
  );
}
