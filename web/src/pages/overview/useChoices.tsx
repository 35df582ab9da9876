import { FormControlLabel, MenuItem, Stack, Switch, TextField, useMediaQuery } from "@mui/material";
import { useTheme } from "@mui/material/styles";
import { useMemo, type ReactNode } from "react";

import { RANGES, useView } from "../../app/view";
import { useHorizon } from "./ahead";
import { MOST_MINUTES, useDetectors } from "./judged";

interface Choices {
  /** Of which currencies money is drawn: all, or on a phone the one that is chosen. */
  shown: string[];
  looksAhead: boolean;
  /** What judges which minutes are unlike the days before; undefined for the usual one. */
  detector: string | undefined;
  /** What they are chosen by. */
  choices: ReactNode;
}

/** What the charts show, kept in the address. */
export function useChoices(currencies: string[]): Choices {
  const { filter, range, set } = useView();
  const isPhone = useMediaQuery(useTheme().breakpoints.down("sm"));
  const canLookAhead = useHorizon() !== null;
  const looksAhead = canLookAhead && filter("ahead") === "yes";
  const detectors = useDetectors();
  const [usual, ...others] = detectors;
  const detector = others.find((name) => name === filter("detector"));
  const isOneOfMany = isPhone && currencies.length > 1;
  const money = currencies.find((name) => name === filter("money")) ?? currencies[0];
  const canJudge = RANGES[range].minutes <= MOST_MINUTES;
  // Drawn anew where it changes, rather than with the figures.
  const choices = useMemo(
    () => (
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
            // The switch's own room around it would stand out on the left.
            sx={{ ml: "-7px" }}
          />
        )}
        {detectors.length > 1 && canJudge && (
          <TextField
            select
            size="small"
            label="Unusual is told by"
            value={detector ?? usual}
            onChange={(event) => set({ detector: event.target.value === usual ? null : event.target.value })}
          >
            {detectors.map((name) => (
              <MenuItem key={name} value={name}>
                {name.replaceAll("_", " ")}
              </MenuItem>
            ))}
          </TextField>
        )}
        {isOneOfMany && (
          <TextField
            select
            size="small"
            label="Money in"
            sx={{ minWidth: 110 }}
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
    ),
    [canLookAhead, looksAhead, detectors, detector, usual, canJudge, isOneOfMany, currencies, money, set],
  );
  const shown = useMemo(
    () => (isOneOfMany && money !== undefined ? [money] : currencies),
    [isOneOfMany, money, currencies],
  );
  return { shown, looksAhead, detector, choices };
}
