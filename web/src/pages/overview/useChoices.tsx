import { FormControlLabel, MenuItem, Stack, Switch, TextField, useMediaQuery } from "@mui/material";
import { useTheme } from "@mui/material/styles";
import type { ReactNode } from "react";

import { useView } from "../../app/view";
import { useHorizon } from "./ahead";

interface Choices {
  /** Of which currencies money is drawn: all, or on a phone the one that is chosen. */
  shown: string[];
  looksAhead: boolean;
  /** What they are chosen by. */
  choices: ReactNode;
}

/** What the charts show, kept in the address. */
export function useChoices(currencies: string[]): Choices {
  const { filter, set } = useView();
  const isPhone = useMediaQuery(useTheme().breakpoints.down("sm"));
  const canLookAhead = useHorizon() !== null;
  const looksAhead = canLookAhead && filter("ahead") === "yes";
  const isOneOfMany = isPhone && currencies.length > 1;
  const money = currencies.find((name) => name === filter("money")) ?? currencies[0];
  const choices = (
    <Stack direction="row" sx={{ alignItems: "center", flexWrap: "wrap", gap: 1.5 }}>
      {canLookAhead && (
        <FormControlLabel
          control={
            <Switch
              size="small"
              checked={looksAhead}
              onChange={(event) => set({ ahead: event.target.checked ? "yes" : null })}
            />
          }
          label="Forecast"
        />
      )}
      {isOneOfMany && (
        <TextField
          select
          size="small"
          label="Money in"
          value={money ?? ""}
          onChange={(event) => set({ money: event.target.value })}
        >
          {currencies.map((name) => (
            <MenuItem key={name} value={name}>
              {name}
            </MenuItem>
          ))}
        </TextField>
      )}
    </Stack>
  );
  return { shown: isOneOfMany && money !== undefined ? [money] : currencies, looksAhead, choices };
}
