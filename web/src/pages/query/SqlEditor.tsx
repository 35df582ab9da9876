import { Box } from "@mui/material";
import type { EditorView } from "@codemirror/view";
import { useEffect, useRef } from "react";

import { markFault, openEditor } from "./editor";
import type { Words } from "./words";

interface Props {
  /** What is written at first; from then on the editor keeps its text itself. */
  text: string;
  words: Words;
  fault: { from: number; to: number } | null;
  onChange: (text: string) => void;
  onRun: () => void;
}

/** The statement, with suggestions, colours, and the place of what is wrong. */
export function SqlEditor(props: Props) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const newest = useRef(props);
  useEffect(() => {
    newest.current = props;
  });
  useEffect(() => {
    if (host.current === null) return;
    const opened = openEditor(host.current, {
      text: newest.current.text,
      words: () => newest.current.words,
      onChange: (text) => newest.current.onChange(text),
      onRun: () => newest.current.onRun(),
    });
    view.current = opened;
    return () => opened.destroy();
  }, []);
  const { fault } = props;
  useEffect(() => {
    if (view.current !== null) markFault(view.current, fault);
  }, [fault]);
  return <Box ref={host} sx={{ border: 1, borderColor: "divider", borderRadius: 1, overflow: "hidden" }} />;
}
