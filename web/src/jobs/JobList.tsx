import { Box, Button, LinearProgress, Stack, Typography } from "@mui/material";
import { useState } from "react";

import { Confirm } from "../access/Confirm";
import { Found } from "../ui/Found";
import { Further } from "../ui/Further";
import { Panel } from "../ui/Panel";
import { count, duration, moment } from "../view/format";
import { isOver, useCancel, useChanged, useJobs, type Job } from "./reads";
import { Steps } from "./Steps";

/** What the engine was asked for, how far each is, and what it did. */
export function JobList() {
  const jobs = useJobs();
  const [ended, setEnded] = useState<Job | null>(null);
  useChanged(jobs.data);
  return (
    <Panel title="Jobs">
      <Found query={jobs} height={120}>
        {(found) =>
          found.length === 0 ? (
            "Nobody asked for a job yet."
          ) : (
            <Stack spacing={1}>
              {found.map((job) => (
                <One key={job.id} job={job} onCancel={() => setEnded(job)} />
              ))}
              <Further query={jobs} name="Earlier jobs" />
            </Stack>
          )
        }
      </Found>
      <Cancellation job={ended} onClose={() => setEnded(null)} />
    </Panel>
  );
}

function One({ job, onCancel }: { job: Job; onCancel: () => void }) {
  return (
    <Box
      role="group"
      aria-label={`Job ${job.id}`}
      sx={{ border: 1, borderColor: "divider", borderRadius: 1, px: 1.5, py: 1 }}
    >
      <Stack direction="row" sx={{ flexWrap: "wrap", gap: 1, alignItems: "center" }}>
        <Typography component="h3" variant="h3" sx={{ mr: "auto", overflowWrap: "anywhere" }}>
          {job.id}: {wished(job)}
        </Typography>
        <Typography variant="body2" role="status" sx={{ color: job.state === "failed" ? "error.main" : undefined }}>
          {stateOf(job)}
        </Typography>
        {!isOver(job) && (
          <Button size="small" aria-label={`End job ${job.id}`} onClick={onCancel}>
            End it…
          </Button>
        )}
      </Stack>
      {job.state === "running" && (
        <LinearProgress
          variant={job.steps > 0 ? "determinate" : "indeterminate"}
          value={job.steps > 0 ? (100 * job.done) / job.steps : undefined}
          aria-label={`Progress of job ${job.id}`}
          sx={{ my: 1 }}
        />
      )}
      {job.why !== "" && (
        <Typography variant="body2" color="text.secondary">
          {job.why}
        </Typography>
      )}
      {job.error != null && (
        <Typography variant="body2" sx={{ color: "error.main", overflowWrap: "anywhere" }}>
          {job.error}
        </Typography>
      )}
      {isOver(job) && (
        <details>
          <Typography component="summary" variant="body2" sx={{ cursor: "pointer" }}>
            What it did
          </Typography>
          <Steps steps={job.result} nothing="There was nothing to do." />
        </details>
      )}
    </Box>
  );
}

/** What was asked for, in words. */
function wished({ kind, tables, version, from, to }: Job): string {
  const of = tables.length === 0 ? "" : ` ${tables.join(", ")}`;
  const target = version == null ? "" : ` to version ${version}`;
  const range = from == null || to == null ? "" : `, ${moment(from)} to ${moment(to)}`;
  return `${kind}${of}${target}${range}`;
}

function stateOf({ state, done, steps, created_at, started_at, ended_at }: Job): string {
  if (state === "queued") return `queued since ${moment(created_at)}`;
  if (state === "running") return steps === 0 ? "running" : `running: ${count(done)} of ${count(steps)} steps`;
  const took = started_at == null || ended_at == null ? null : Date.parse(ended_at) - Date.parse(started_at);
  return `${state} ${moment(ended_at ?? created_at)}${took === null ? "" : `, in ${duration(took)}`}`;
}

function Cancellation({ job, onClose }: { job: Job | null; onClose: () => void }) {
  const cancel = useCancel();
  return (
    <Confirm
      open={job !== null}
      title={`End job ${job?.id ?? ""}?`}
      about="At once where it waits, after its present step where it runs. What its steps did stays done."
      act="End the job"
      change={cancel}
      onAct={() => job && cancel.mutate(job.id, { onSuccess: onClose })}
      onClose={onClose}
    />
  );
}
