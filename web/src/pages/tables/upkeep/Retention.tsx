import { Stack, TableCell, TableRow, Typography } from "@mui/material";

import type { Schemas } from "../../../api/client";
import { Found } from "../../../ui/Found";
import { Panel } from "../../../ui/Panel";
import { Rows } from "../../../ui/Rows";
import { Said } from "../../../ui/Said";
import { many, moment } from "../../../view/format";
import { useRetention } from "./reads";

type Kept = Schemas["Kept"];

const HOW =
  'The setting `retention_days` names what is to go, and after how many days: `{"bronze": 30}`; of one tenant: `{"acme.bronze": 7}`.';

/** For how long each table keeps what the tenant sent, and what it has let go of. */
export function Retention() {
  const retention = useRetention();
  return (
    <Panel title="How long is what kept" anchor="retention">
      <Found query={retention} height={200}>
        {({ is_on, data }) =>
          data.every(isUntouched) ? (
            <Said>{`Everything is kept for ever. ${HOW}`}</Said>
          ) : (
            <Stack spacing={1}>
              <Typography variant="body2" color="text.secondary">
                <Said>{is_on ? BY_ITSELF : BY_HAND}</Said>
              </Typography>
              <Rows head={["What", "Kept for", "Kept since", "Let go of", "Last", "Tables"]}>
                {data.map((kept) => (
                  <Line key={kept.name} kept={kept} />
                ))}
              </Rows>
            </Stack>
          )
        }
      </Found>
    </Panel>
  );
}

const BY_ITSELF = "The engine lets go once a day, within an hour of midnight (UTC). Figures are those of your tenant.";
const BY_HAND =
  "The engine lets go of nothing by itself, for `maintenance` is off; a job `retain` does it. Figures are those of your tenant.";

function isUntouched({ days, expired }: Kept): boolean {
  return days === null && !expired;
}

function gone({ days, expired }: Pick<Kept, "days" | "expired">): string {
  if (expired === null) return days === null ? "nothing" : "not counted";
  return expired === 0 ? "nothing" : many(expired, "record");
}

function Line({ kept: { name, tables, days, is_own, kept_since, expired, expired_at } }: { kept: Kept }) {
  return (
    <TableRow>
      <TableCell component="th" scope="row">
        {name}
      </TableCell>
      <TableCell sx={{ whiteSpace: "nowrap" }}>
        {days === null ? "ever" : many(days, "day")}
        {is_own && ", its own term"}
      </TableCell>
      <TableCell sx={{ whiteSpace: "nowrap" }}>{kept_since === null ? "–" : moment(kept_since)}</TableCell>
      <TableCell sx={{ whiteSpace: "nowrap" }}>{gone({ days, expired })}</TableCell>
      <TableCell sx={{ whiteSpace: "nowrap" }}>{expired_at === null ? "–" : moment(expired_at)}</TableCell>
      <TableCell sx={{ minWidth: 160 }}>{tables.join(", ")}</TableCell>
    </TableRow>
  );
}
