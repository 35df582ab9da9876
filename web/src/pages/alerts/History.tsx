import { Stack, TableCell, TableRow } from "@mui/material";

import { Found } from "../../ui/Found";
import { Further } from "../../ui/Further";
import { Panel } from "../../ui/Panel";
import { Rows } from "../../ui/Rows";
import { duration, moment, NOTHING } from "../../view/format";
import { useResolved, type AlertEntry } from "./reads";

/** What fired and is over, the newest first. */
export function History() {
  const resolved = useResolved();
  return (
    <Panel title="What fired before">
      <Found query={resolved} height={200}>
        {(found) =>
          found.length === 0 ? (
            "Nothing fired and was resolved yet."
          ) : (
            <Stack spacing={1.5}>
              <Rows head={["Rule", "Fired", "For", "Why", "In the end"]} tall>
                {found.map((alert) => (
                  <Over key={alert.id} alert={alert} />
                ))}
              </Rows>
              <Further query={resolved} name="Earlier alerts" />
            </Stack>
          )
        }
      </Found>
    </Panel>
  );
}

function Over({ alert }: { alert: AlertEntry }) {
  const end = alert.resolved_at ?? null;
  return (
    <TableRow>
      <TableCell component="th" scope="row">
        {alert.rule}
      </TableCell>
      <TableCell sx={{ whiteSpace: "nowrap" }}>{moment(alert.fired_at)}</TableCell>
      <TableCell sx={{ whiteSpace: "nowrap" }}>
        {end === null ? NOTHING : duration(Date.parse(end) - Date.parse(alert.fired_at))}
      </TableCell>
      <TableCell>{alert.why}</TableCell>
      <TableCell>{alert.end_why ?? NOTHING}</TableCell>
    </TableRow>
  );
}
