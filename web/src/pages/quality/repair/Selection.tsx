import { Box, Button, Checkbox, MenuItem, Stack, TableCell, TableRow, TextField, Typography } from "@mui/material";

import type { Schemas } from "../../../api/client";
import { mono } from "../../../app/theme";
import { useView } from "../../../app/view";
import { Found } from "../../../ui/Found";
import { Further } from "../../../ui/Further";
import { Failed } from "../../../ui/Panel";
import { Rows } from "../../../ui/Rows";
import { count, many, moment } from "../../../view/format";
import { useSummary } from "../reads";
import { useOpenRecords } from "./reads";

interface Props {
  reason: string | null;
  ids: string[];
  onChange: (ids: string[]) => void;
}

/** The records that no repair has taken: all of a reason, or those that are ticked. */
export function Selection({ reason, ids, onChange }: Props) {
  const records = useOpenRecords(reason);
  const toggle = (id: string): void => onChange(ids.includes(id) ? ids.filter((other) => other !== id) : [...ids, id]);
  return (
    <Stack spacing={2}>
      <ReasonSelect reason={reason} />
      <Found query={records} height={200}>
        {(found) =>
          found.length === 0 ? (
            <Typography>Nothing of this range waits for a repair{reason !== null && ` with ${reason}`}.</Typography>
          ) : (
            <>
              <Stack direction="row" spacing={2} sx={{ alignItems: "center" }}>
                <Typography variant="body2" color="text.secondary">
                  {ids.length === 0
                    ? "All of them are repaired, those of further pages too; tick some to repair only these."
                    : `Only ${many(ids.length, "record")} that ${ids.length === 1 ? "is" : "are"} ticked.`}
                </Typography>
                {ids.length > 0 && (
                  <Button size="small" onClick={() => onChange([])}>
                    All of them
                  </Button>
                )}
              </Stack>
              <Rows tall head={["Only", "Received", "Reasons", "What was received"]}>
                {found.map((record) => (
                  <OpenRecord key={record.id} record={record} ticked={ids.includes(record.id)} onToggle={toggle} />
                ))}
              </Rows>
            </>
          )
        }
      </Found>
      <Further query={records} name="Earlier records" />
    </Stack>
  );
}

function ReasonSelect({ reason }: { reason: string | null }) {
  const { set } = useView();
  const { data, error } = useSummary();
  const open = (data?.by_reason ?? []).map((row) => ({ name: row.reason, left: row.records - row.repaired }));
  const names =
    open.some(({ name }) => name === reason) || reason === null ? open : [{ name: reason, left: 0 }, ...open];
  return (
    <>
      {error && <Failed error={error} />}
      <TextField
        select
        size="small"
        label="Rejected for"
        value={reason ?? ""}
        onChange={(event) => set({ reason: event.target.value, repair: null })}
        sx={{ alignSelf: "start", minWidth: 260, maxWidth: "100%" }}
        slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
      >
        <MenuItem value="">any reason</MenuItem>
        {names.map(({ name, left }) => (
          <MenuItem key={name} value={name}>
            {name} ({count(left)} left)
          </MenuItem>
        ))}
      </TextField>
    </>
  );
}

interface OpenRecordProps {
  record: Schemas["Quarantined"];
  ticked: boolean;
  onToggle: (id: string) => void;
}

function OpenRecord({ record, ticked, onToggle }: OpenRecordProps) {
  return (
    <TableRow selected={ticked}>
      <TableCell padding="checkbox">
        <Checkbox
          size="small"
          checked={ticked}
          onChange={() => onToggle(record.id)}
          slotProps={{ input: { "aria-label": `Only ${record.id}` } }}
        />
      </TableCell>
      <TableCell sx={{ whiteSpace: "nowrap" }}>{moment(record.received_at)}</TableCell>
      <TableCell>{record.reasons.join(", ")}</TableCell>
      <TableCell sx={{ ...mono, minWidth: 240, overflowWrap: "anywhere" }}>
        <Box sx={{ maxHeight: "3em", overflow: "hidden" }}>{record.raw}</Box>
      </TableCell>
    </TableRow>
  );
}
