import { Alert, Button, Stack, Typography } from "@mui/material";
import { useState } from "react";

import { Confirm } from "../../access/Confirm";
import { NeedsAdmin } from "../../access/NeedsAdmin";
import { newKey } from "../../access/newKey";
import { Why } from "../../access/Why";
import { Steps } from "../../jobs/Steps";
import { Failed } from "../../ui/Panel";
import { ViewLink } from "../../ui/ViewLink";
import { useRestore, useRestoreTrial } from "./restoring";

/** The way back to a version: shown first, and then done just as it was shown. */
export function Restore({ name, version }: { name: string; version: number }) {
  const trial = useRestoreTrial(name);
  const [open, setOpen] = useState(false);
  const [once, setOnce] = useState("");
  const [why, setWhy] = useState("");
  const restore = useRestore(name);
  const job = restore.data?.job;
  const begin = (): void => {
    setOnce(newKey());
    setOpen(true);
  };
  return (
    <Stack spacing={1.5} sx={{ alignItems: "start" }}>
      <NeedsAdmin what="To restore a version needs" />
      <Button size="small" variant="outlined" loading={trial.isPending} onClick={() => trial.mutate(version)}>
        What would restoring it change?
      </Button>
      {trial.error && <Failed error={trial.error} />}
      {trial.data && (
        <>
          <Typography variant="body2">
            All tables that go along:{" "}
            {Object.entries(trial.data.versions)
              .map(([table, to]) => `${table} v${to}`)
              .join(", ")}
            . What came in since stays.
          </Typography>
          <Steps steps={trial.data.would} nothing="Nothing would change." />
          {job ? (
            <Alert severity="success" variant="outlined">
              Job {job.id} is {job.state}. <ViewLink to="/tables/upkeep">Follow it.</ViewLink>
            </Alert>
          ) : (
            <Button size="small" variant="contained" onClick={begin}>
              Restore version {version}…
            </Button>
          )}
          <Confirm
            open={open}
            title={`Set ${name} back to version ${version}?`}
            about="The engine does just what was shown, as a job, and figures change for everybody. What they said before stays readable with a time in the past."
            act="Restore it"
            change={restore}
            onAct={() =>
              restore.mutate({ version, token: trial.data.token, why, once }, { onSuccess: () => setOpen(false) })
            }
            onClose={() => setOpen(false)}
          >
            <Why value={why} onChange={setWhy} kept="Kept with the job." />
          </Confirm>
        </>
      )}
    </Stack>
  );
}
