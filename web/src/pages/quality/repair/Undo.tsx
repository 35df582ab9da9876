import { Alert, Button, Stack, Typography } from "@mui/material";
import { useState } from "react";

import { Confirm } from "../../../access/Confirm";
import { newKey } from "../../../access/newKey";
import { Why } from "../../../access/Why";
import { isOver } from "../../../jobs/reads";
import { Steps } from "../../../jobs/Steps";
import { Found } from "../../../ui/Found";
import { Failed } from "../../../ui/Panel";
import { ViewLink } from "../../../ui/ViewLink";
import type { Repair } from "./reads";
import { useUndo, useUndoing, useUndoTrial } from "./undoing";

/** The way back from a repair: shown first, then done just as it was shown, and followed. */
export function Undo({ repair }: { repair: Repair }) {
  const trial = useUndoTrial(repair.id);
  const undo = useUndo(repair.id);
  const job = undo.data?.job;
  const again = (): void => {
    trial.reset();
    undo.reset();
  };
  if (job) return <Undoing id={job.id} onAgain={again} />;
  if (!repair.accepted && !repair.duplicates) return <Rejected />;
  return (
    <Stack spacing={1.5} sx={{ alignItems: "start" }}>
      <Button size="small" variant="outlined" loading={trial.isPending} onClick={() => trial.mutate()}>
        What would undoing it change?
      </Button>
      {trial.error && <Failed error={trial.error} />}
      {trial.data && (
        <>
          <Steps steps={trial.data.would} nothing="Nothing would change." />
          <Question key={trial.data.token} repair={repair} token={trial.data.token} undo={undo} />
        </>
      )}
    </Stack>
  );
}

function Rejected() {
  return (
    <Typography variant="body2">
      Nothing of it counts: it was undone, or its records were rejected again. They are{" "}
      <ViewLink to="/quality">in quarantine</ViewLink>, as they were patched.
    </Typography>
  );
}

interface QuestionProps {
  repair: Repair;
  token: string;
  undo: ReturnType<typeof useUndo>;
}

function Question({ repair, token, undo }: QuestionProps) {
  const [open, setOpen] = useState(false);
  const [once] = useState(newKey);
  const [why, setWhy] = useState("");
  return (
    <>
      <Button size="small" variant="contained" onClick={() => setOpen(true)}>
        Undo it…
      </Button>
      <Confirm
        open={open}
        title={`Undo repair ${repair.id}?`}
        about="The engine does just what was shown, as a job, and figures change for everybody: the records are in quarantine again, as they were patched. What a minute said before stays readable with a time in the past."
        act="Undo it"
        change={undo}
        onAct={() => undo.mutate({ token, why, once })}
        onClose={() => setOpen(false)}
      >
        <Why value={why} onChange={setWhy} kept="Kept with the job." />
      </Confirm>
    </>
  );
}

function Undoing({ id, onAgain }: { id: number; onAgain: () => void }) {
  return (
    <Found query={useUndoing(id)} height={48}>
      {(job) => {
        const isDone = job.state === "done";
        const again = (
          <Button color="inherit" size="small" onClick={onAgain}>
            Look again
          </Button>
        );
        return (
          <Alert
            severity={isDone ? "success" : job.error == null ? "info" : "error"}
            variant="outlined"
            role="status"
            action={isOver(job) && !isDone && again}
          >
            {isDone ? "Undone: its records are in quarantine again. " : `Undoing it: job ${id} is ${job.state}. `}
            {job.error} <ViewLink to="/tables/upkeep">All jobs</ViewLink>
          </Alert>
        );
      }}
    </Found>
  );
}
