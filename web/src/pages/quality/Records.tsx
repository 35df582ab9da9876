import { Box, Button, Chip, Stack, TableCell, TableRow } from "@mui/material";

import type { Schemas } from "../../api/client";
import { mono } from "../../app/theme";
import { useView } from "../../app/view";
import { Found } from "../../ui/Found";
import { Further } from "../../ui/Further";
import { Panel } from "../../ui/Panel";
import { Rows } from "../../ui/Rows";
import { ViewLink } from "../../ui/ViewLink";
import { moment } from "../../view/format";
import { placeOf } from "./place";
import { RecordDetail } from "./RecordDetail";
import { useRecords } from "./reads";

/** The rejected records of the range, and one of them whole. */
export function Records() {
  const { filter, set } = useView();
  const reason = filter("reason");
  const id = filter("record");
  const records = useRecords(reason);
  const isNone = records.data?.length === 0;
  return (
    <Panel title="Records in quarantine">
      <Stack spacing={2}>
        <Stack direction="row" spacing={2} sx={{ alignItems: "center" }}>
          {reason !== null && (
            <Chip label={`Only with ${reason}`} onDelete={() => set({ reason: null })} variant="outlined" />
          )}
          {records.data !== undefined && !isNone && (
            <ViewLink to="/quality/repair" filters={reason === null ? {} : { reason }}>
              Repair {reason === null ? "records" : "them"}…
            </ViewLink>
          )}
        </Stack>
        {id !== null && <RecordDetail key={id} id={id} />}
        <Found query={records} height={320}>
          {(found) =>
            found.length === 0 ? (
              <Box>No record of this range is in quarantine{reason !== null && " with this reason"}.</Box>
            ) : (
              <Rows tall head={["Received", "Reasons", "Came in at", "What was received"]}>
                {found.map((record) => (
                  <RecordRow key={record.id} record={record} isChosen={record.id === id} />
                ))}
              </Rows>
            )
          }
        </Found>
        <Further query={records} name="Earlier records" />
      </Stack>
    </Panel>
  );
}

function RecordRow({ record, isChosen }: { record: Schemas["Quarantined"]; isChosen: boolean }) {
  const { set } = useView();
  return (
    <TableRow selected={isChosen}>
      <TableCell sx={{ whiteSpace: "nowrap" }}>
        <Button
          size="small"
          sx={{ minWidth: 0, p: 0 }}
          aria-pressed={isChosen}
          onClick={() => set({ record: isChosen ? null : record.id })}
        >
          {moment(record.received_at)}
        </Button>
      </TableCell>
      <TableCell>{record.reasons.join(", ")}</TableCell>
      <TableCell sx={{ overflowWrap: "anywhere", minWidth: 190 }}>{placeOf(record)}</TableCell>
      <TableCell sx={{ ...mono, minWidth: 240, overflowWrap: "anywhere" }}>
        <Box sx={{ maxHeight: "3em", overflow: "hidden" }}>{record.raw}</Box>
      </TableCell>
    </TableRow>
  );
}
