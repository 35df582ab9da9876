import { Alert, Button, Chip, Stack, TableCell, TableRow, Typography } from "@mui/material";
import { useState } from "react";

import { Confirm } from "../../access/Confirm";
import { Found } from "../../ui/Found";
import { Panel } from "../../ui/Panel";
import { Rows } from "../../ui/Rows";
import { moment } from "../../view/format";
import { useDelete, useRules, type Rule } from "./reads";
import { RuleForm } from "./RuleForm";
import { lastLook } from "./spelled";

const COLORS = { inactive: "success", pending: "warning", firing: "error" } as const;
// Rules are looked at every few seconds.
const UNWATCHED_MS = 120_000;

/** Every rule and how it stands, with ways to make one and to take one away. */
export function Rules() {
  const rules = useRules();
  const [making, setMaking] = useState(false);
  const [doomed, setDoomed] = useState<Rule | null>(null);
  const remove = useDelete();
  const close = (): void => setDoomed(null);
  return (
    <Panel title="Rules">
      <Stack spacing={1.5}>
        <Found query={rules} height={200}>
          {(found) => (
            <>
              <Watched last={lastLook(found)} at={rules.dataUpdatedAt} />
              <RuleTable rules={found} onDelete={setDoomed} />
            </>
          )}
        </Found>
        <Button size="small" variant="outlined" sx={{ alignSelf: "start" }} onClick={() => setMaking(true)}>
          New rule…
        </Button>
      </Stack>
      {making && <RuleForm onClose={() => setMaking(false)} />}
      <Confirm
        open={doomed !== null}
        title={`Delete “${doomed?.name ?? ""}”?`}
        about="What it fired is resolved and stays in the history. The rule itself cannot be brought back."
        act="Delete"
        change={remove}
        onAct={() => doomed && remove.mutate(doomed.id, { onSuccess: close })}
        onClose={close}
      />
    </Panel>
  );
}

function Watched({ last, at }: { last: string | null; at: number }) {
  const unwatched = last === null || at - Date.parse(last) > UNWATCHED_MS;
  const said = last === null ? "No rule was evaluated yet." : `Evaluated at ${moment(last)}.`;
  if (!unwatched) {
    return (
      <Typography variant="body2" color="text.secondary">
        {said}
      </Typography>
    );
  }
  return (
    <Alert severity="warning" variant="outlined">
      {said} Nothing fires while no API process evaluates; is alerts_every_s 0?
    </Alert>
  );
}

function RuleTable({ rules, onDelete }: { rules: Rule[]; onDelete: (rule: Rule) => void }) {
  return (
    <Rows acts head={["Rule", "State", "As measured last", "Fires when", "Tells", "Delete"]}>
      {rules.map((rule) => (
        <TableRow key={rule.id}>
          <TableCell component="th" scope="row">
            {rule.name}
          </TableCell>
          <TableCell>
            <Chip label={rule.state} color={COLORS[rule.state]} variant="outlined" size="small" />
          </TableCell>
          <TableCell>
            {rule.trouble == null ? rule.note : `Cannot be evaluated: ${rule.trouble}`}
            {rule.silence && ` Silent until ${moment(rule.silence.until)}.`}
          </TableCell>
          <TableCell sx={{ minWidth: 180 }}>{rule.told}</TableCell>
          <TableCell>{tells(rule)}</TableCell>
          <TableCell>
            {rule.built_in ? (
              "built in"
            ) : (
              <Button size="small" color="inherit" aria-label={`Delete ${rule.name}…`} onClick={() => onDelete(rule)}>
                Delete…
              </Button>
            )}
          </TableCell>
        </TableRow>
      ))}
    </Rows>
  );
}

function tells({ notify }: Rule): string {
  if (notify == null) return "whom the settings name";
  return notify.length === 0 ? "nobody" : notify.join(", ");
}
