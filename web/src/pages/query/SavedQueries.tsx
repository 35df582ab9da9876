import { Button, Link, List, ListItem, Stack, TextField, Typography } from "@mui/material";
import { useState } from "react";

import { Found } from "../../ui/Found";
import { Failed, Panel } from "../../ui/Panel";
import { useDelete, useSave, useSaved, type Saved } from "./saved";

interface Props {
  /** The statement as it is written now. */
  text: string;
  onOpen: (sql: string) => void;
}

/** Statements under a name: to open, to save the present one, to delete. */
export function SavedQueries({ text, onOpen }: Props) {
  const saved = useSaved();
  return (
    <Panel title="Saved queries">
      <Stack spacing={1.5}>
        <Found query={saved} height={48}>
          {(found) =>
            found.length === 0 ? (
              <Typography variant="body2">None yet; save the statement above under a name.</Typography>
            ) : (
              <List dense disablePadding>
                {found.map((each) => (
                  <Entry key={each.id} saved={each} onOpen={onOpen} />
                ))}
              </List>
            )
          }
        </Found>
        <SaveForm text={text} />
      </Stack>
    </Panel>
  );
}

function Entry({ saved, onOpen }: { saved: Saved; onOpen: (sql: string) => void }) {
  const remove = useDelete();
  const [asked, setAsked] = useState(false);
  return (
    <ListItem disableGutters sx={{ gap: 1.5, flexWrap: "wrap" }}>
      <Link component="button" type="button" sx={{ overflowWrap: "anywhere" }} onClick={() => onOpen(saved.sql)}>
        {saved.name}
      </Link>
      <Typography variant="body2" color="text.secondary" sx={{ flex: "1 1 12rem" }}>
        {saved.description}
        {Object.keys(saved.parameters).length > 0 && ` Run it by the API, which fills in its parameters.`}
      </Typography>
      {asked ? (
        <>
          <Button size="small" color="error" loading={remove.isPending} onClick={() => remove.mutate(saved.id)}>
            Delete it for everybody
          </Button>
          <Button size="small" color="inherit" onClick={() => setAsked(false)}>
            Keep it
          </Button>
        </>
      ) : (
        <Button size="small" color="inherit" aria-label={`Delete ${saved.name}…`} onClick={() => setAsked(true)}>
          Delete…
        </Button>
      )}
      {remove.error && <Failed error={remove.error} />}
    </ListItem>
  );
}

function SaveForm({ text }: { text: string }) {
  const [name, setName] = useState("");
  const save = useSave();
  const ready = name.trim() !== "" && text.trim() !== "";
  return (
    <>
      <Stack
        component="form"
        direction="row"
        sx={{ gap: 1, flexWrap: "wrap" }}
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) save.mutate({ name: name.trim(), sql: text }, { onSuccess: () => setName("") });
        }}
      >
        <TextField size="small" label="Name" value={name} onChange={(event) => setName(event.target.value)} />
        <Button type="submit" variant="outlined" disabled={!ready} loading={save.isPending}>
          Save the statement
        </Button>
      </Stack>
      {save.error && <Failed error={save.error} />}
    </>
  );
}
