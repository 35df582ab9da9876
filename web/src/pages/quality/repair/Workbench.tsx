import { Button, Stack, Typography } from "@mui/material";
import { useState } from "react";

import { NeedsAdmin } from "../../../access/NeedsAdmin";
import { useView } from "../../../app/view";
import { Failed, Panel } from "../../../ui/Panel";
import { examplesFor } from "./examples";
import { EMPTY, patchOf, type Draft } from "./patch";
import { PatchForm } from "./PatchForm";
import { filterOf, usePreview, type Outcome, type Task } from "./reads";
import { Readmit } from "./Readmit";
import { Selection } from "./Selection";
import { WouldHappen } from "./WouldHappen";

interface Tried {
  /** What was written and chosen when it was tried. */
  what: string;
  task: Task;
  outcome: Outcome;
}

/** Records and a patch to try on them. Nothing changes before it was tried as it stands, and was asked for once more. */
export function Workbench({ reason }: { reason: string | null }) {
  const { range } = useView();
  const [ids, setIds] = useState<string[]>([]);
  const [draft, setDraft] = useState<Draft>({ ...EMPTY, ...examplesFor(reason)[0]?.patch });
  const [tried, setTried] = useState<Tried | null>(null);
  const preview = usePreview();
  const read = patchOf(draft);
  const what = JSON.stringify([reason, range, ids, read]);
  const run = (): void => {
    if ("fault" in read) return;
    const task = { filter: filterOf(reason, ids, range), patch: read.patch };
    preview.mutate(task, { onSuccess: (outcome) => setTried({ what, task, outcome }) });
  };
  return (
    <>
      <NeedsAdmin what="To try a patch and to take records in again needs" />
      <Panel title="1. Which records">
        <Selection reason={reason} ids={ids} onChange={setIds} />
      </Panel>
      <Panel title="2. How they are put right">
        <Stack
          component="form"
          spacing={2}
          onSubmit={(event) => {
            event.preventDefault();
            run();
          }}
        >
          <PatchForm reason={reason} draft={draft} onChange={setDraft} />
          {preview.error && <Failed error={preview.error} />}
          <Stack direction="row" spacing={2} sx={{ alignItems: "center" }}>
            <Button type="submit" variant="contained" disabled={"fault" in read} loading={preview.isPending}>
              Preview
            </Button>
            <Typography variant="body2" color="text.secondary" role="status">
              {"fault" in read ? read.fault : "Nothing is changed by a preview."}
            </Typography>
          </Stack>
        </Stack>
      </Panel>
      {tried !== null && (
        <Panel title="3. What would happen">
          <Stack spacing={2}>
            <Readmit key={tried.what} task={tried.task} outcome={tried.outcome} isCurrent={tried.what === what} />
            <WouldHappen outcome={tried.outcome} />
          </Stack>
        </Panel>
      )}
    </>
  );
}
