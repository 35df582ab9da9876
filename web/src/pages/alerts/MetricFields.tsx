import { MenuItem, Stack, TextField, type TextFieldProps } from "@mui/material";

import { Found } from "../../ui/Found";
import { useCatalogue } from "../explore/reads";
import type { Draft } from "./draft";

interface Props {
  draft: Draft;
  field: (name: keyof Draft) => TextFieldProps;
}

/** Which metric, and of which events: a currency, which money needs, and one value of one more dimension. */
export function MetricFields({ draft, field }: Props) {
  const catalogue = useCatalogue();
  return (
    <Found query={catalogue} height={96}>
      {({ metrics }) => {
        const metric = metrics.find(({ name }) => name === draft.metric);
        const dimensions = metric?.dimensions ?? [];
        return (
          <>
            <TextField {...field("metric")} select label="Metric" helperText={metric?.description}>
              {metrics.map(({ name, title }) => (
                <MenuItem key={name} value={name}>
                  {title}
                </MenuItem>
              ))}
            </TextField>
            <Stack direction="row" sx={{ flexWrap: "wrap", gap: 2 }}>
              {dimensions.includes("currency") && (
                <TextField
                  {...field("currency")}
                  label="Currency"
                  placeholder="EUR"
                  required={metric?.unit === "money"}
                  slotProps={{ htmlInput: { pattern: "[A-Z]{3}", maxLength: 3 } }}
                />
              )}
              <TextField {...field("dimension")} select label="Only where">
                <MenuItem value="">All events</MenuItem>
                {dimensions
                  .filter((name) => name !== "currency")
                  .map((name) => (
                    <MenuItem key={name} value={name}>
                      {name}
                    </MenuItem>
                  ))}
              </TextField>
              {draft.dimension !== "" && <TextField {...field("value")} label="Is" required />}
            </Stack>
          </>
        );
      }}
    </Found>
  );
}
