import { Alert } from "@mui/material";

import { Failed } from "../../ui/Panel";
import { Said } from "../../ui/Said";
import type { Checked } from "./useChecked";

/** What is wrong with the statement, or why that is not known. */
export function Check({ checked }: { checked: Checked }) {
  if (checked.error) return <Failed error={checked.error} />;
  if (checked.message === null) return null;
  return (
    <Alert severity="warning" variant="outlined" sx={{ overflowWrap: "anywhere" }}>
      <Said>{checked.message}</Said>
    </Alert>
  );
}
