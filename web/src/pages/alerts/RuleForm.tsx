import { MenuItem, Stack, TextField, type TextFieldProps } from "@mui/material";
import { useState } from "react";

import { Confirm } from "../../access/Confirm";
import { COMPARISONS, EMPTY, KINDS, ruleOf, type Draft } from "./draft";
import { MetricFields } from "./MetricFields";
import { useCreate } from "./reads";

/** A form for a new rule. What does not fit is said by the API, and nothing typed is lost. */
export function RuleForm({ onClose }: { onClose: () => void }) {
  const [draft, setDraft] = useState(EMPTY);
  const create = useCreate();
  const field = (name: keyof Draft): TextFieldProps => ({
    size: "small",
    value: draft[name],
    onChange: (event) => setDraft({ ...draft, [name]: event.target.value }),
    sx: { flex: "1 1 9rem" },
  });
  const timed = draft.kind === "metric" || draft.kind === "quarantine_rate" || draft.kind === "anomaly";
  return (
    <Confirm
      open
      title="New rule"
      about="It is looked at every few seconds, and fires once it has held for long enough."
      act="Make it"
      change={create}
      onAct={() => create.mutate(ruleOf(draft), { onSuccess: onClose })}
      onClose={onClose}
    >
      <TextField {...field("name")} label="Name" required autoFocus />
      <TextField {...field("kind")} select label="What is measured">
        {options(KINDS)}
      </TextField>
      {draft.kind === "metric" && <MetricFields draft={draft} field={field} />}
      {draft.kind === "anomaly" && (
        <TextField {...field("severity")} select label="Severity at least">
          {options({ warning: "warning", critical: "critical" })}
        </TextField>
      )}
      <Stack direction="row" sx={{ flexWrap: "wrap", gap: 2 }}>
        <TextField {...field("comparison")} select label="Fires when it is">
          {options(COMPARISONS)}
        </TextField>
        <TextField
          {...field("threshold")}
          label="Threshold"
          type="number"
          required
          slotProps={{ htmlInput: { step: "any" } }}
          helperText={draft.kind === "quarantine_rate" ? "From 0 to 1." : undefined}
        />
      </Stack>
      <Stack direction="row" sx={{ flexWrap: "wrap", gap: 2 }}>
        {timed && <Whole {...field("minutes")} label="In the last minutes" least={1} />}
        <Whole {...field("seconds")} label="For so many seconds" least={0} />
      </Stack>
      <TextField
        {...field("notify")}
        label="Who is told"
        helperText="Addresses as apprise takes them, with spaces between. None: whom the settings name. They are not shown again in full."
        multiline
        autoComplete="off"
      />
    </Confirm>
  );
}

function Whole({ least, ...field }: TextFieldProps & { least: number }) {
  return <TextField {...field} type="number" required slotProps={{ htmlInput: { min: least, step: 1 } }} />;
}

function options(of: Record<string, string>) {
  return Object.entries(of).map(([value, label]) => (
    <MenuItem key={value} value={value}>
      {label}
    </MenuItem>
  ));
}
