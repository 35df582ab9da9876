import { TextField } from "@mui/material";

interface Props {
  value: string;
  onChange: (why: string) => void;
  /** Where it can be read afterwards. */
  kept?: string;
  required?: boolean;
}

/** Why something is changed, asked in the dialog that asks whether. */
export function Why({ value, onChange, kept, required = false }: Props) {
  return (
    <TextField
      label="Why"
      helperText={kept}
      required={required}
      size="small"
      value={value}
      onChange={(event) => onChange(event.target.value)}
      autoFocus
    />
  );
}
