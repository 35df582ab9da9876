import { Box, Button, Stack, Tab, Tabs, Typography } from "@mui/material";
import { lazy, Suspense, useState } from "react";

import { useView } from "../../app/view";
import { Failed, Loading, Panel } from "../../ui/Panel";
import { Answer } from "./Answer";
import { Check } from "./Check";
import { Advice, Plan } from "./Plan";
import { useRun, useWords } from "./reads";
import { SavedQueries } from "./SavedQueries";
import { useChecked } from "./useChecked";

const SqlEditor = lazy(async () => ({ default: (await import("./SqlEditor")).SqlEditor }));

const FIRST = "select event_type, count(*) as events\nfrom silver.events\ngroup by event_type";
const TABS = [
  ["rows", "Rows"],
  ["plan", "Plan"],
  ["advice", "Advice"],
] as const;

/** SQL over the tables, read-only. What was run is in the address, so that a link runs the same. */
export function Query() {
  const { filter, set } = useView();
  const ran = filter("sql") ?? "";
  const [text, setText] = useState(ran === "" ? FIRST : ran);
  const [opened, setOpened] = useState(ran);
  const [run, setRun] = useState(0);
  // The editor keeps its text itself: another statement takes another editor.
  const [editor, setEditor] = useState(0);
  const words = useWords(text);
  const { rows, cancel } = useRun(ran, run);
  const checked = useChecked(text, rows.error === null ? ran : "");
  const tab = TABS.find(([name]) => name === filter("show"))?.[0] ?? "rows";
  const start = (): void => {
    if (text.trim() === "") return;
    setRun(run + 1);
    set({ sql: text });
  };
  const open = (sql: string): void => {
    setText(sql);
    setEditor(editor + 1);
  };
  // The address leads to another statement: back, forward, or a saved one from the palette. Its rows are not of what is written here.
  if (ran !== opened) {
    setOpened(ran);
    if (ran !== text) open(ran === "" ? FIRST : ran);
  }
  return (
    <Stack spacing={2}>
      <Typography variant="h1">Query</Typography>
      <Panel title="Statement">
        <Stack spacing={1.5}>
          <Suspense fallback={<Loading height={140} />}>
            <SqlEditor key={editor} text={text} words={words} fault={checked.place} onChange={setText} onRun={start} />
          </Suspense>
          <Check checked={checked} />
          <Stack direction="row" sx={{ gap: 1, flexWrap: "wrap", alignItems: "center" }}>
            <Button variant="contained" onClick={start} aria-keyshortcuts="Control+Enter">
              Run
            </Button>
            <Button variant="outlined" onClick={cancel} disabled={!rows.isFetching}>
              Cancel
            </Button>
            <Typography variant="body2" color="text.secondary">
              Ctrl-Enter runs it, Ctrl-Space suggests. Rows of your tenant alone; nothing is changed.
            </Typography>
          </Stack>
        </Stack>
      </Panel>
      {ran !== "" && (
        <Box>
          <Tabs value={tab} onChange={(_, show: string) => set({ show })} aria-label="Of the statement that was run">
            {TABS.map(([name, label]) => (
              <Tab key={name} value={name} label={label} />
            ))}
          </Tabs>
          <Box sx={{ mt: 2 }}>
            {tab === "rows" && <Answer sql={ran} rows={rows} />}
            {tab === "plan" && <Plan sql={ran} run={run} />}
            {tab === "advice" && <Advice sql={ran} run={run} />}
          </Box>
        </Box>
      )}
      <SavedQueries text={text} onOpen={open} />
      {rows.isFetchNextPageError && <Failed error={rows.error} />}
    </Stack>
  );
}
