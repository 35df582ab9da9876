import { Alert, Box, Button, MenuItem, Stack, TextField, Typography } from "@mui/material";
import { useRef, useState } from "react";

import { mono } from "../../app/theme";
import { copied } from "../../ui/copied";
import { Failed } from "../../ui/Panel";
import { useNewKey, type Role } from "./reads";

const ROLES: Record<Role, string> = {
  reader: "reader: asks",
  ingest: "ingest: asks and posts",
  admin: "admin: all of it",
};

/** Makes a key, and shows its text this once. */
export function NewKey() {
  const [role, setRole] = useState<Role>("reader");
  const [name, setName] = useState("");
  const made = useNewKey();
  return (
    <Stack spacing={1.5}>
      <Stack
        component="form"
        direction="row"
        sx={{ flexWrap: "wrap", gap: 1, alignItems: "center" }}
        onSubmit={(event) => {
          event.preventDefault();
          made.mutate({ role, name });
        }}
      >
        <TextField label="New key for" size="small" value={name} onChange={(event) => setName(event.target.value)} />
        <TextField
          select
          label="Role"
          size="small"
          value={role}
          onChange={(event) => setRole(event.target.value as Role)}
          sx={{ minWidth: 190 }}
        >
          {Object.entries(ROLES).map(([value, label]) => (
            <MenuItem key={value} value={value}>
              {label}
            </MenuItem>
          ))}
        </TextField>
        <Button type="submit" variant="contained" loading={made.isPending}>
          Make it
        </Button>
      </Stack>
      {made.error && <Failed error={made.error} />}
      {made.data && <Shown key={made.data.key.id} text={made.data.text} onHide={made.reset} />}
    </Stack>
  );
}

function Shown({ text, onHide }: { text: string; onHide: () => void }) {
  const place = useRef<HTMLElement>(null);
  const [said, setSaid] = useState("");
  return (
    <Alert severity="success" variant="outlined">
      <Stack spacing={1} sx={{ alignItems: "start" }}>
        <Typography variant="body2">This is shown once. It is kept nowhere.</Typography>
        <Box component="code" ref={place} sx={{ ...mono, overflowWrap: "anywhere" }}>
          {text}
        </Box>
        <Stack direction="row" spacing={1} sx={{ alignItems: "center", flexWrap: "wrap" }}>
          <Button size="small" variant="outlined" onClick={() => void copied(place.current, "Copied.").then(setSaid)}>
            Copy the key
          </Button>
          <Button size="small" onClick={onHide}>
            Hide it
          </Button>
          <Typography variant="body2" role="status">
            {said}
          </Typography>
        </Stack>
      </Stack>
    </Alert>
  );
}
