import { Alert, Button, Stack, Typography } from "@mui/material";
import { useState } from "react";

import { Confirm } from "../../../access/Confirm";
import { newKey } from "../../../access/newKey";
import { Why } from "../../../access/Why";
import { useView } from "../../../app/view";
import { count, many } from "../../../view/format";
import { useReadmission, type Outcome, type Task } from "./reads";

interface Props {
  task: Task;
  outcome: Outcome;
  /** Whether what is written is still what was tried. */
  isCurrent: boolean;
}

/** How many records would leave quarantine, and the button that has them leave. */
export function Readmit({ task, outcome, isCurrent }: Props) {
  const [open, setOpen] = useState(false);
  const leave = outcome.accepted + outcome.duplicates;
  return (
    <Stack spacing={1.5} sx={{ alignItems: "start" }}>
      <Alert severity={leave > 0 ? "success" : "warning"} variant="outlined" sx={{ width: "100%" }}>
        {summary(outcome)}
      </Alert>
      {leave > 0 && (
        <Stack direction="row" spacing={2} sx={{ alignItems: "center" }}>
          <Button variant="contained" disabled={!isCurrent} onClick={() => setOpen(true)}>
            Re-admit {many(leave, "record")}…
          </Button>
          {!isCurrent && (
            <Typography variant="body2" color="text.secondary">
              The choice or the patch is another one now; preview it first.
            </Typography>
          )}
        </Stack>
      )}
      <Question open={open} task={task} records={leave} onClose={() => setOpen(false)} />
    </Stack>
  );
}

function summary({ matched, looked_at, accepted, duplicates, late, still_rejected }: Outcome): string {
  if (matched === 0) return "No record matches that a repair has not taken yet.";
  const parts = [
    `${count(accepted)} would be accepted${late > 0 ? ` (${count(late)} of them late)` : ""}`,
    `${count(duplicates)} would be ${duplicates === 1 ? "a duplicate" : "duplicates"}`,
    `${count(still_rejected)} would stay`,
  ];
  const cut = looked_at < matched ? ` Only the first ${count(looked_at)} were looked at; repeat it for the rest.` : "";
  return `${many(matched, "record")}: ${parts.join(", ")}.${cut}`;
}

interface QuestionProps {
  open: boolean;
  task: Task;
  records: number;
  onClose: () => void;
}

function Question({ open, task, records, onClose }: QuestionProps) {
  const { set } = useView();
  const [why, setWhy] = useState("");
  const [once] = useState(newKey);
  const readmission = useReadmission();
  return (
    <Confirm
      open={open}
      title={`Re-admit ${many(records, "record")}?`}
      about="They are received again as patched, once, and figures change. It can be undone once it is in gold, where the repair is followed. What a minute said before stays readable with a time in the past."
      act="Re-admit them"
      change={readmission}
      onAct={() =>
        readmission.mutate(
          { ...task, why, once },
          {
            onSuccess: ({ repair }) => {
              onClose();
              set({ repair: repair?.id ?? null });
            },
          },
        )
      }
      onClose={onClose}
    >
      <Why value={why} onChange={setWhy} kept="Kept with the repair." />
    </Confirm>
  );
}
