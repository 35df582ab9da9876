import { Button, MenuItem, Stack, TextField, Typography } from "@mui/material";
import { useState } from "react";

import { NeedsAdmin } from "../../../access/NeedsAdmin";
import { useView } from "../../../app/view";
import { AskJob } from "../../../jobs/AskJob";
import { useTrial, type JobStep, type Task } from "../../../jobs/reads";
import { Steps } from "../../../jobs/Steps";
import { Failed, Panel } from "../../../ui/Panel";
import { useTables } from "../reads";
import { isOfTables, KINDS, taskOf, type Draft } from "./draft";

interface Tried {
  /** What was written when it was tried. */
  what: string;
  task: Task;
  would: JobStep[];
}

/** A job to ask for. Nothing is done before it was tried as it stands, and was asked for once more. */
export function NewJob() {
  const of = useView().filter("of");
  const [draft, setDraft] = useState<Draft>({
    ...{ kind: "optimize", tables: of === null ? [] : [of] },
    ...{ days: "", from: "", to: "" },
  });
  const [tried, setTried] = useState<Tried | null>(null);
  const trial = useTrial();
  const read = taskOf(draft);
  const what = JSON.stringify(read);
  const run = (): void => {
    if ("fault" in read) return;
    const { task } = read;
    trial.mutate(task, { onSuccess: ({ would }) => setTried({ what, task, would }) });
  };
  return (
    <Panel title="Ask for a job">
      <Stack spacing={2}>
        <NeedsAdmin what="To try jobs and to ask for them needs" />
        <Stack
          component="form"
          spacing={2}
          onSubmit={(event) => {
            event.preventDefault();
            run();
          }}
        >
          <Fields draft={draft} onChange={(change) => setDraft({ ...draft, ...change })} />
          {trial.error && <Failed error={trial.error} />}
          <Stack direction="row" spacing={2} sx={{ alignItems: "center" }}>
            <Button
              type="submit"
              variant="outlined"
              disabled={"fault" in read}
              loading={trial.isPending}
              sx={{ flexShrink: 0 }}
            >
              Try it
            </Button>
            <Typography variant="body2" color="text.secondary" role="status">
              {"fault" in read ? read.fault : "It says what would be done, and does nothing."}
            </Typography>
          </Stack>
        </Stack>
        {tried !== null && (
          <>
            <Steps steps={tried.would} nothing="There is nothing to do." />
            <AskJob key={tried.what} task={tried.task} isCurrent={tried.what === what} />
          </>
        )}
      </Stack>
    </Panel>
  );
}

interface FieldsProps {
  draft: Draft;
  onChange: (change: Partial<Draft>) => void;
}

function Fields({ draft, onChange }: FieldsProps) {
  const names = (useTables().data ?? []).map(({ name }) => name);
  return (
    <Stack direction="row" sx={{ flexWrap: "wrap", gap: 1.5 }}>
      <TextField
        select
        label="Job"
        size="small"
        value={draft.kind}
        onChange={(event) => onChange({ kind: event.target.value as Draft["kind"] })}
        sx={{ minWidth: 260 }}
      >
        {Object.entries(KINDS).map(([kind, said]) => (
          <MenuItem key={kind} value={kind}>
            {said}
          </MenuItem>
        ))}
      </TextField>
      {isOfTables(draft) && (
        <TextField
          select
          label="Table"
          size="small"
          value={names.includes(draft.tables[0] ?? "") ? draft.tables[0] : ""}
          onChange={(event) => onChange({ tables: event.target.value === "" ? [] : [event.target.value] })}
          sx={{ minWidth: 220 }}
          slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
        >
          <MenuItem value="">all of them</MenuItem>
          {names.map((name) => (
            <MenuItem key={name} value={name}>
              {name}
            </MenuItem>
          ))}
        </TextField>
      )}
      {draft.kind === "vacuum" && (
        <TextField
          label="Keep the last days"
          placeholder="as set"
          size="small"
          value={draft.days}
          onChange={(event) => onChange({ days: event.target.value })}
          slotProps={{ inputLabel: { shrink: true }, htmlInput: { inputMode: "decimal" } }}
        />
      )}
      {draft.kind === "backfill" &&
        (["from", "to"] as const).map((end) => (
          <TextField
            key={end}
            label={end === "from" ? "From (UTC)" : "Up to (UTC)"}
            type="datetime-local"
            size="small"
            value={draft[end]}
            onChange={(event) => onChange({ [end]: event.target.value })}
            slotProps={{ inputLabel: { shrink: true } }}
          />
        ))}
    </Stack>
  );
}
