import { Stack, TableCell, TableRow, Typography } from "@mui/material";

import type { Schemas } from "../../api/client";
import { useView } from "../../app/view";
import { factsOf } from "../../charts/facts";
import { Found } from "../../ui/Found";
import { Panel } from "../../ui/Panel";
import { Rows } from "../../ui/Rows";
import { Toggle } from "../../ui/Toggle";
import { count, dayAndMinute, moment, percent } from "../../view/format";
import { ReasonChart } from "./ReasonChart";
import { useSummary } from "./reads";

/** Why records are in quarantine, and when they came in. */
export function Reasons() {
  const { asOf } = useView();
  const summary = useSummary();
  return (
    <Panel title="Why records were rejected">
      <Found query={summary} height={420}>
        {(found) => (
          <Stack spacing={2}>
            <Typography variant="body2" color="text.secondary">
              Received from {dayAndMinute(found.start)} to {dayAndMinute(found.end)} UTC: {count(found.records)}{" "}
              {found.records === 1 ? "record" : "records"} in quarantine.
              {found.records > 0 && " A record counts for each of its reasons."}
            </Typography>
            {found.records > 0 && (
              <>
                <ReasonChart
                  summary={found}
                  facts={factsOf({
                    from: found.start,
                    to: found.end,
                    asOf: asOf ?? new Date(summary.dataUpdatedAt).toISOString(),
                    versions: found.versions,
                  })}
                />
                <ReasonTable rows={found.by_reason} />
              </>
            )}
          </Stack>
        )}
      </Found>
    </Panel>
  );
}

function ReasonTable({ rows }: { rows: Schemas["ReasonCount"][] }) {
  const { filter, set } = useView();
  const chosen = filter("reason");
  return (
    <Rows figures head={["Reason", "Records", "Repaired", "Share", "First", "Last"]}>
      {rows.map((row) => (
        <TableRow key={row.reason} selected={row.reason === chosen}>
          <TableCell component="th" scope="row">
            <Toggle
              pressed={row.reason === chosen}
              onToggle={(pressed) => set({ reason: pressed ? row.reason : null, record: null })}
            >
              {row.reason}
            </Toggle>
          </TableCell>
          <TableCell align="right">{count(row.records)}</TableCell>
          <TableCell align="right">{count(row.repaired)}</TableCell>
          <TableCell align="right">{percent(row.share)}</TableCell>
          <TableCell align="right" sx={{ whiteSpace: "nowrap" }}>
            {moment(row.first_received_at)}
          </TableCell>
          <TableCell align="right" sx={{ whiteSpace: "nowrap" }}>
            {moment(row.last_received_at)}
          </TableCell>
        </TableRow>
      ))}
    </Rows>
  );
}
