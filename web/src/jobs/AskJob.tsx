import { Button, Stack, Typography } from "@mui/material";
import { useState } from "react";

import { Confirm } from "../access/Confirm";
import { newKey } from "../access/newKey";
import { Why } from "../access/Why";
import { useAsk, type Task } from "./reads";

/** The button that has a job done as it was tried. isCurrent: whether what is written is still that. */
export function AskJob({ task, isCurrent }: { task: Task; isCurrent: boolean }) {
  const [open, setOpen] = useState(false);
  const [once, setOnce] = useState("");
  const [why, setWhy] = useState("");
  const ask = useAsk();
  const begin = (): void => {
    setOnce(newKey());
    setOpen(true);
  };
  return (
    <Stack direction="row" spacing={2} sx={{ alignItems: "center" }}>
      <Button variant="contained" disabled={!isCurrent} onClick={begin}>
        Have it done…
      </Button>
      <Typography variant="body2" color="text.secondary" role="status">
        {isCurrent
          ? ask.data?.job && `Job ${ask.data.job.id} is ${ask.data.job.state}; it is followed below.`
          : "What is written is another job now; try it first."}
      </Typography>
      <Confirm
        open={open}
        title={`Have the engine do this ${task.kind}?`}
        about="It is queued, and done step by step between two batches. What is done by then is what is there by then, not to the file what was shown."
        act="Queue it"
        change={ask}
        onAct={() => ask.mutate({ ...task, why, once }, { onSuccess: () => setOpen(false) })}
        onClose={() => setOpen(false)}
      >
        <Why value={why} onChange={setWhy} kept="Kept with the job." />
      </Confirm>
    </Stack>
  );
}
