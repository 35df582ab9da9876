import { Autocomplete, createFilterOptions, Dialog, TextField, Typography } from "@mui/material";
import { useColorScheme } from "@mui/material/styles";
import { useContext, useState } from "react";
import { useLocation, useNavigate } from "react-router";

import { LiveContext, useLiveOf } from "../live/useLive";
import { PAGES } from "./pages";
import { useFound } from "./useFound";
import { CHOSEN_STEPS, RANGES, shared, STEPS, useView, whyNot } from "./view";

interface Command {
  name: string;
  about: string;
  run: () => void;
}

interface Props {
  open: boolean;
  onClose: () => void;
  /** Opens the assistant. */
  onAsk: () => void;
}

/** Every page and switch by its name, from the keyboard. */
export function CommandPalette({ open, onClose, onAsk }: Props) {
  return (
    <Dialog
      open={open}
      onClose={onClose}
      fullWidth
      maxWidth="sm"
      aria-label="Go to"
      sx={{ "& .MuiDialog-container": { alignItems: "start" } }}
    >
      <Choice onDone={onClose} onAsk={onAsk} />
    </Dialog>
  );
}

// What the search found is found already, though it may not hold the words as they were written.
const named = createFilterOptions<Command>();

function Choice({ onDone, onAsk }: { onDone: () => void; onAsk: () => void }) {
  const commands = useCommands(onAsk);
  const [words, setWords] = useState("");
  const found = useFoundCommands(words);
  return (
    <Autocomplete
      open
      disablePortal
      autoHighlight
      options={commands}
      getOptionLabel={(command) => `${command.name} ${command.about}`}
      filterOptions={(all, state) => [...named(all, state), ...found]}
      onInputChange={(_, text) => setWords(text)}
      onChange={(_, command) => {
        command?.run();
        onDone();
      }}
      onClose={(_, reason) => {
        if (reason === "escape") onDone();
      }}
      noOptionsText="Nothing is called so."
      renderInput={(input) => <TextField {...input} label="Go to a page, a range, a metric, a column" autoFocus />}
      renderOption={({ key, ...option }, command) => (
        <li key={key} {...option}>
          <Typography sx={{ mr: 1.5, whiteSpace: "nowrap" }}>{command.name}</Typography>
          <Typography variant="body2" color="text.secondary">
            {command.about}
          </Typography>
        </li>
      )}
      slotProps={{ popper: { sx: { position: "static !important", transform: "none !important", width: "auto" } } }}
      sx={{ p: 2 }}
    />
  );
}

function useFoundCommands(words: string): Command[] {
  const navigate = useNavigate();
  const { search } = useLocation();
  return useFound(words).map(({ name, about, path, filters }) => ({
    name,
    about,
    run: () => {
      const query = new URLSearchParams(shared(search));
      for (const [key, value] of Object.entries(filters)) query.set(key, value);
      void navigate({ pathname: path, search: query.toString() });
    },
  }));
}

function useCommands(onAsk: () => void): Command[] {
  const navigate = useNavigate();
  const { search } = useLocation();
  const { asOf, range: shown, set } = useView();
  const { setMode } = useColorScheme();
  const store = useContext(LiveContext);
  const paused = useLiveOf((state) => state.paused);
  const back: Command[] =
    asOf === null ? [] : [{ name: "Now", about: "Back to the present", run: () => set({ as_of: null }) }];
  return [
    ...back,
    { name: "Ask in words", about: "A question in English, answered with figures", run: onAsk },
    ...PAGES.map(({ name, about, path }) => ({
      name,
      about,
      run: () => void navigate({ pathname: path, search: shared(search) }),
    })),
    ...Object.entries(RANGES).map(([range, { label }]) => ({
      name: `Range: ${label}`,
      about: "How far back the overview looks",
      run: () => set({ range }),
    })),
    { name: "Steps: as fits", about: "As long as fits the overview's range", run: () => set({ step: null }) },
    ...CHOSEN_STEPS.filter((step) => whyNot(shown, step) === null).map((step) => ({
      name: `Steps: ${STEPS[step].label}`,
      about: "How long a step of the overview's charts is",
      run: () => set({ step }),
    })),
    paused
      ? { name: "Go on", about: "Let the figures change again", run: () => store.setPaused(false) }
      : { name: "Pause", about: "Hold the figures still", run: () => store.setPaused(true) },
    ...(["system", "light", "dark"] as const).map((mode) => ({
      name: `Colours: ${mode}`,
      about: mode === "system" ? "As the system says" : `The ${mode} ones`,
      run: () => setMode(mode),
    })),
  ];
}
