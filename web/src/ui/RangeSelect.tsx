import { MenuItem, TextField } from "@mui/material";

import { RANGES, useView } from "../app/view";

/** How far back the page looks; the same on every page that has one. */
export function RangeSelect() {
  const { range, set } = useView();
  return (
    <TextField
      select
      size="small"
      label="Range"
      value={range}
      onChange={(event) => set({ range: event.target.value })}
      sx={{ minWidth: 120 }}
    >
      {Object.entries(RANGES).map(([name, { label }]) => (
        <MenuItem key={name} value={name}>
          {label}
        </MenuItem>
      ))}
    </TextField>
  );
}
