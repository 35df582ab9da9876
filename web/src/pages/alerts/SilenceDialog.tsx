import { MenuItem, TextField } from "@mui/material";
import { useState } from "react";

import { Confirm } from "../../access/Confirm";
import { Why } from "../../access/Why";
import { useSilence, type AlertEntry } from "./reads";

const LENGTHS = [
  { minutes: 30, label: "Half an hour" },
  { minutes: 120, label: "Two hours" },
  { minutes: 1_440, label: "A day" },
  { minutes: 10_080, label: "A week" },
];

/** For how long nobody is to be told, and why. alert: null while nobody asks. */
export function SilenceDialog({ alert, onClose }: { alert: AlertEntry | null; onClose: () => void }) {
  const [minutes, setMinutes] = useState(120);
  const [why, setWhy] = useState("");
  const silence = useSilence();
  const act = (): void => {
    if (alert === null) return;
    const until = new Date(Date.now() + minutes * 60_000).toISOString();
    silence.mutate({ alert_id: alert.id, until, why: why.trim() }, { onSuccess: onClose });
  };
  return (
    <Confirm
      open={alert !== null}
      title={`Silence “${alert?.rule ?? ""}”?`}
      about="Nobody is told of this rule until then. It stays on this page, with who silenced it and why."
      act="Silence"
      change={silence}
      onAct={act}
      onClose={onClose}
    >
      <TextField
        select
        label="For"
        size="small"
        value={minutes}
        onChange={(event) => setMinutes(Number(event.target.value))}
      >
        {LENGTHS.map((length) => (
          <MenuItem key={length.minutes} value={length.minutes}>
            {length.label}
          </MenuItem>
        ))}
      </TextField>
      <Why required value={why} onChange={setWhy} kept="For whoever finds it silent." />
    </Confirm>
  );
}
