import { Alert, Stack, Typography } from "@mui/material";

import { useWhoami } from "../../access/useWhoami";
import { Found } from "../../ui/Found";
import { Panel } from "../../ui/Panel";
import { Audit } from "./Audit";
import { Keys } from "./Keys";

/** Who asks, the keys of the tenant, and who did what. */
export function Admin() {
  const whoami = useWhoami();
  const isAdmin = whoami.data?.role === "admin";
  return (
    <Stack spacing={2}>
      <Typography variant="h1">Admin</Typography>
      <Panel title="Who you are">
        <Found query={whoami} height={24}>
          {({ tenant_id, role, key_id }) => (
            <Typography>
              {key_id === null ? "You came without a key" : `You came with key ${key_id}`}: role {role}, tenant{" "}
              {tenant_id}.
            </Typography>
          )}
        </Found>
      </Panel>
      {isAdmin ? (
        <>
          <Keys own={whoami.data?.key_id ?? null} />
          <Audit />
        </>
      ) : (
        whoami.data && (
          <Alert severity="info" variant="outlined">
            A key of role admin shows the tenant&apos;s keys and who did what, and makes and revokes keys: give it by{" "}
            <em>Key…</em> above. <code>rtl keys create --role admin</code> makes one.
          </Alert>
        )
      )}
    </Stack>
  );
}
