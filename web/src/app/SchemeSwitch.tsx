import { ToggleButton, ToggleButtonGroup } from "@mui/material";
import { useColorScheme } from "@mui/material/styles";

const MODES = ["system", "light", "dark"] as const;

/** Light, dark, or what the system says; remembered by the browser. */
export function SchemeSwitch() {
  const { mode, setMode } = useColorScheme();
  return (
    <ToggleButtonGroup
      size="small"
      exclusive
      fullWidth
      aria-label="Colours"
      value={mode ?? "system"}
      onChange={(_, chosen: (typeof MODES)[number] | null) => {
        if (chosen !== null) setMode(chosen);
      }}
    >
      {MODES.map((name) => (
        <ToggleButton key={name} value={name} sx={{ textTransform: "none", py: 0.25 }}>
          {name}
        </ToggleButton>
      ))}
    </ToggleButtonGroup>
  );
}
