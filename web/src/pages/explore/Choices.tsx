import { Box, MenuItem, TextField, Typography } from "@mui/material";

import type { Schemas } from "../../api/client";
import { mono } from "../../app/theme";
import { useView } from "../../app/view";
import { GRAINS, type Grain, type Metric } from "./choice";

interface Props {
  catalogue: Schemas["MetricsCatalog"];
  metric: Metric;
  by: string | null;
  grain: Grain;
  grains: Grain[];
}

/** Which figure, told apart by what, in steps of what length; and what the figure means. */
export function Choices({ catalogue, metric, by, grain, grains }: Props) {
  const { set } = useView();
  const dimensions = catalogue.dimensions.filter(({ name }) => metric.dimensions.includes(name));
  return (
    <>
      <Box sx={{ display: "grid", gap: 2, gridTemplateColumns: "repeat(auto-fit, minmax(min(100%, 13rem), 1fr))" }}>
        <Choice
          label="Metric"
          value={metric.name}
          options={catalogue.metrics.map(({ name, title }) => [name, title])}
          onChoose={(name) => set({ metric: name })}
        />
        <Choice
          label="Told apart by"
          value={by ?? ""}
          options={[["", "nothing"], ...dimensions.map(({ name, title }): [string, string] => [name, title])]}
          onChoose={(name) => set({ by: name })}
        />
        <Choice
          label="In steps of"
          value={grain}
          options={grains.map((name) => [name, GRAINS[name]])}
          onChoose={(name) => set({ steps: name })}
        />
      </Box>
      <Typography variant="body2" color="text.secondary">
        {metric.description} Computed as{" "}
        <Box component="code" sx={{ ...mono, overflowWrap: "anywhere" }}>
          {metric.formula}
        </Box>
      </Typography>
    </>
  );
}

interface ChoiceProps {
  label: string;
  value: string;
  /** What is chosen, and how it is called. */
  options: [string, string][];
  onChoose: (value: string) => void;
}

export function Choice({ label, value, options, onChoose }: ChoiceProps) {
  return (
    <TextField
      select
      size="small"
      label={label}
      value={value}
      onChange={(event) => onChoose(event.target.value)}
      slotProps={{ inputLabel: { shrink: true }, select: { displayEmpty: true } }}
    >
      {options.map(([name, title]) => (
        <MenuItem key={name} value={name}>
          {title}
        </MenuItem>
      ))}
    </TextField>
  );
}
