import { Alert } from "@mui/material";

import { useWhoami } from "./useWhoami";

/** Says beforehand that a key will be asked for; nothing where one of role admin is kept. what: begins the sentence. */
export function NeedsAdmin({ what }: { what: string }) {
  const { data } = useWhoami();
  if (data === undefined || data.role === "admin") return null;
  return (
    <Alert severity="info" variant="outlined">
      {what} an API key of role admin; it is asked for at the first try.
    </Alert>
  );
}
