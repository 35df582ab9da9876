import { Button, Stack, TableCell, TableRow, TextField, Typography } from "@mui/material";
import { useState } from "react";

import { Confirm } from "../../access/Confirm";
import { newKey } from "../../access/newKey";
import { Why } from "../../access/Why";
import { useView } from "../../app/view";
import { Found } from "../../ui/Found";
import { Panel } from "../../ui/Panel";
import { Rows } from "../../ui/Rows";
import { many, moment, NOTHING } from "../../view/format";
import { usePin, usePins, useUnpin, type Pin } from "./pinned";

/** Moments that are kept from vacuum, and the present one or the one that is looked at to be kept. */
export function Pins() {
  const pins = usePins();
  const [removed, setRemoved] = useState<Pin | null>(null);
  return (
    <Panel title="Moments that are kept">
      <Stack spacing={1.5}>
        <Typography variant="body2" color="text.secondary">
          A pin keeps the versions of a moment readable for as long as it is there, however old they get.
        </Typography>
        <Found query={pins} height={96}>
          {(found) =>
            found.length === 0 ? (
              <Typography>No moment is pinned.</Typography>
            ) : (
              <Rows acts head={["Pinned", "Why", "Versions", "Until", "Remove"]}>
                {found.map((pin) => (
                  <Line key={pin.id} pin={pin} onRemove={() => setRemoved(pin)} />
                ))}
              </Rows>
            )
          }
        </Found>
        <Keep />
      </Stack>
      <Removal pin={removed} onClose={() => setRemoved(null)} />
    </Panel>
  );
}

function Line({ pin, onRemove }: { pin: Pin; onRemove: () => void }) {
  const { set } = useView();
  return (
    <TableRow>
      <TableCell component="th" scope="row" sx={{ whiteSpace: "nowrap" }}>
        <Button size="small" sx={{ minWidth: 0, p: 0 }} onClick={() => set({ as_of: pin.as_of })}>
          {moment(pin.created_at)}
        </Button>
      </TableCell>
      <TableCell sx={{ overflowWrap: "anywhere", minWidth: 140 }}>{pin.note === "" ? NOTHING : pin.note}</TableCell>
      <TableCell title={pin.as_of} sx={{ whiteSpace: "nowrap" }}>
        of {many(Object.keys(pin.versions).length, "table")}
      </TableCell>
      <TableCell sx={{ whiteSpace: "nowrap" }}>
        {pin.expires_at === null ? "removed" : moment(pin.expires_at)}
      </TableCell>
      <TableCell>
        <Button
          size="small"
          color="inherit"
          aria-label={`Remove the pin of ${moment(pin.created_at)}`}
          onClick={onRemove}
        >
          Remove…
        </Button>
      </TableCell>
    </TableRow>
  );
}

function Keep() {
  const { asOf } = useView();
  const [open, setOpen] = useState(false);
  // Of each question its own: what was kept once is not kept twice, however often it is sent.
  const [once, setOnce] = useState("");
  const [note, setNote] = useState("");
  const [until, setUntil] = useState("");
  const pin = usePin();
  const ask = (): void => {
    setOnce(newKey());
    setOpen(true);
  };
  const expires_at = until === "" ? null : new Date(`${until}T00:00:00Z`).toISOString();
  return (
    <>
      <Button variant="outlined" sx={{ alignSelf: "start" }} onClick={ask}>
        Keep {asOf === null ? "this moment" : moment(asOf)}…
      </Button>
      <Confirm
        open={open}
        title={`Keep ${asOf === null ? "all tables as they are now" : moment(asOf)}?`}
        about="Their files stay on disk for as long, and take their room."
        act="Keep it"
        change={pin}
        onAct={() =>
          pin.mutate({ body: { versions: asOf, note, expires_at }, once }, { onSuccess: () => setOpen(false) })
        }
        onClose={() => setOpen(false)}
      >
        <Why value={note} onChange={setNote} />
        <TextField
          label="Until (UTC)"
          helperText="Without a day: until it is removed."
          type="date"
          size="small"
          value={until}
          onChange={(event) => setUntil(event.target.value)}
          slotProps={{ inputLabel: { shrink: true } }}
        />
      </Confirm>
    </>
  );
}

function Removal({ pin, onClose }: { pin: Pin | null; onClose: () => void }) {
  const unpin = useUnpin();
  return (
    <Confirm
      open={pin !== null}
      title="Remove this pin?"
      about={`What it keeps goes with a later vacuum, and can be read no more then. ${pin?.note ?? ""}`}
      act="Remove the pin"
      change={unpin}
      onAct={() => pin && unpin.mutate(pin.id, { onSuccess: onClose })}
      onClose={onClose}
    />
  );
}
