import { Alert, Button, Stack, Typography } from "@mui/material";
import { useEffect, type ReactNode } from "react";

import { useWhoami } from "../access/useWhoami";
import { useKey } from "../api/key";
import { Failed, Loading } from "../ui/Panel";
import { useView } from "./view";

/**
 * Shows a view to those whose it is. With a key the address names its tenant; where it names another, as a link that somebody sent may,
 * that is said: one's own figures would stand under another's name.
 */
export function OfTenant({ children }: { children: ReactNode }) {
  const key = useKey();
  const { tenant, set } = useView();
  const { data, error } = useWhoami(key !== null || tenant !== null);
  const own = data?.tenant_id;
  const named = key !== null && own !== undefined ? own : null;
  useEffect(() => {
    if (tenant === null && named !== null) set({ tenant: named }, { replace: true });
  }, [tenant, named, set]);
  if (tenant === null || tenant === own) return children;
  if (own === undefined) return error ? <Failed error={error} /> : <Loading height={480} />;
  return (
    <Stack spacing={1.5}>
      <Typography variant="h1">A view of another tenant</Typography>
      <Alert
        severity="info"
        variant="outlined"
        action={
          <Button color="inherit" size="small" onClick={() => set({ tenant: named })}>
            Show mine
          </Button>
        }
      >
        This address is of the tenant <strong>{tenant}</strong>, and you read as <strong>{own}</strong>. A key of{" "}
        {tenant} opens it: give it by <em>Key…</em> above.
      </Alert>
    </Stack>
  );
}
