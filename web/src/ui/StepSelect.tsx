import { MenuItem, TextField } from "@mui/material";

import { CHOSEN_STEPS, RANGES, STEPS, useView, whyNot } from "../app/view";

const FITS = "fits";

/** How long a step of the range is; one that the range is not told in says why. */
export function StepSelect() {
  const { range, chosen, set } = useView();
  return (
    <TextField
      select
      size="small"
      label="Steps"
      value={chosen ?? FITS}
      onChange={({ target }) => set({ step: target.value === FITS ? null : target.value })}
      slotProps={{ select: { renderValue: () => (chosen === null ? AS_FITS : STEPS[chosen].label) } }}
      sx={{ minWidth: 100 }}
    >
      <MenuItem value={FITS}>
        {AS_FITS} ({STEPS[RANGES[range].step].label})
      </MenuItem>
      {CHOSEN_STEPS.map((step) => (
        <MenuItem key={step} value={step} disabled={whyNot(range, step) !== null}>
          {[STEPS[step].label, whyNot(range, step)].filter(Boolean).join(", ")}
        </MenuItem>
      ))}
    </TextField>
  );
}

const AS_FITS = "as fits";

/** Where the chosen steps do not go with the range: why, and what is shown instead. */
export function StepNote() {
  const { range, step, chosen } = useView();
  const why = chosen === null ? null : whyNot(range, chosen);
  if (chosen === null || why === null) return null;
  return (
    <>
      , in steps of {STEPS[step].label} ({STEPS[chosen].label} is {why})
    </>
  );
}
