import { Button, Stack, TableCell, TableRow, Typography } from "@mui/material";
import { useState } from "react";

import { Confirm } from "../../access/Confirm";
import { Found } from "../../ui/Found";
import { Panel } from "../../ui/Panel";
import { Rows } from "../../ui/Rows";
import { moment, NOTHING } from "../../view/format";
import { NewKey } from "./NewKey";
import { useKeys, useRevocation, useTenants, type Key } from "./reads";

/** The keys of the tenant. own: the one that asks. */
export function Keys({ own }: { own: string | null }) {
  const keys = useKeys();
  const tenants = useTenants();
  const [revoked, setRevoked] = useState<Key | null>(null);
  return (
    <Panel title="Keys">
      <Stack spacing={1.5}>
        {tenants.data?.map(({ tenant_id, keys: good }) => (
          <Typography key={tenant_id} variant="body2" color="text.secondary">
            Tenant {tenant_id}; good keys:{" "}
            {Object.entries(good)
              .map(([role, number]) => `${number} ${role}`)
              .join(", ")}
            .
          </Typography>
        ))}
        <NewKey />
        <Found query={keys} height={160}>
          {(found) => (
            <Rows acts head={["Key", "For", "Role", "Made", "State"]}>
              {found.map((key) => (
                <Line key={key.id} made={key} isOwn={key.id === own} onRevoke={() => setRevoked(key)} />
              ))}
            </Rows>
          )}
        </Found>
      </Stack>
      <Revocation made={revoked} isOwn={revoked?.id === own} onClose={() => setRevoked(null)} />
    </Panel>
  );
}

interface LineProps {
  made: Key;
  isOwn: boolean;
  onRevoke: () => void;
}

function Line({ made, isOwn, onRevoke }: LineProps) {
  return (
    <TableRow>
      <TableCell component="th" scope="row" sx={{ whiteSpace: "nowrap" }}>
        {made.id}
        {isOwn && " (yours)"}
      </TableCell>
      <TableCell sx={{ overflowWrap: "anywhere", minWidth: 120 }}>{made.name === "" ? NOTHING : made.name}</TableCell>
      <TableCell>{made.role}</TableCell>
      <TableCell sx={{ whiteSpace: "nowrap" }}>{moment(made.created_at)}</TableCell>
      <TableCell>
        {made.revoked_at == null ? (
          <Button size="small" aria-label={`Revoke ${made.id}`} onClick={onRevoke}>
            Revoke…
          </Button>
        ) : (
          `revoked ${moment(made.revoked_at)}`
        )}
      </TableCell>
    </TableRow>
  );
}

function Revocation({ made, isOwn, onClose }: { made: Key | null; isOwn: boolean; onClose: () => void }) {
  const revocation = useRevocation();
  return (
    <Confirm
      open={made !== null}
      title={`Revoke key ${made?.id ?? ""}?`}
      about={`Whoever uses it is refused from now on. This cannot be undone.${isOwn ? " It is the key that you came with." : ""}`}
      act="Revoke it"
      change={revocation}
      onAct={() => made && revocation.mutate(made.id, { onSuccess: onClose })}
      onClose={onClose}
    />
  );
}
