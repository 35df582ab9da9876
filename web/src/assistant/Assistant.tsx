import { Box, Button, Drawer, Stack, TextField, Typography } from "@mui/material";
import { useEffect, useRef, useState } from "react";

import { Failed, Loading } from "../ui/Panel";
import { Reply } from "./Reply";
import { useConversation } from "./reads";
import { Suggestions } from "./Suggestions";

interface Props {
  open: boolean;
  onClose: () => void;
}

/** Questions in words: what was asked, what it was taken for, and the figures. */
export function Assistant({ open, onClose }: Props) {
  const { turns, asking, begin } = useConversation();
  const ask = (question: string): void => asking.mutate(question);
  const end = useEnd(turns.length, asking.status);
  return (
    <Drawer
      anchor="right"
      open={open}
      onClose={onClose}
      // What was asked stays where it is closed.
      keepMounted
      slotProps={{ paper: { "aria-label": "Ask in words", role: "dialog", sx: { width: { xs: 1, sm: 560 }, pt: 7 } } }}
    >
      <Stack direction="row" sx={{ px: 2, pt: 1, gap: 1, alignItems: "center" }}>
        <Typography variant="h2" sx={{ mr: "auto" }}>
          Ask in words
        </Typography>
        {turns.length > 0 && (
          <Button size="small" onClick={begin}>
            Begin anew
          </Button>
        )}
        <Button size="small" color="inherit" onClick={onClose}>
          Close
        </Button>
      </Stack>
      <Stack spacing={3} aria-live="polite" sx={{ flexGrow: 1, overflow: "auto", p: 2 }}>
        {turns.length === 0 && <Suggestions onAsk={ask} />}
        {turns.map((turn, place) => (
          <Reply key={place} turn={turn} onAsk={ask} onLeave={onClose} />
        ))}
        {asking.isPending && <Asked question={asking.variables} />}
        {asking.error && <Failed error={asking.error} />}
        <div ref={end} />
      </Stack>
      <Question key={turns.length} pending={asking.isPending} follows={turns.length > 0} onAsk={ask} />
    </Drawer>
  );
}

/** Where the newest is, brought into sight as it comes. */
function useEnd(turns: number, status: string) {
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // In newer browsers it returns a promise, which an effect must not.
    end.current?.scrollIntoView({ block: "end" });
  }, [turns, status]);
  return end;
}

function Asked({ question }: { question: string }) {
  return (
    <Stack spacing={1}>
      <Typography sx={{ fontWeight: 650 }}>{question}</Typography>
      <Loading height={96} />
    </Stack>
  );
}

interface QuestionProps {
  pending: boolean;
  follows: boolean;
  onAsk: (question: string) => void;
}

function Question({ pending, follows, onAsk }: QuestionProps) {
  const [text, setText] = useState("");
  const question = text.trim();
  return (
    <Box
      component="form"
      onSubmit={(event) => {
        event.preventDefault();
        if (question !== "" && !pending) onAsk(question);
      }}
      sx={{ display: "flex", gap: 1, p: 2, borderTop: 1, borderColor: "divider" }}
    >
      <TextField
        size="small"
        fullWidth
        autoFocus
        label={follows ? "Another question, or one that follows up" : "A question in English"}
        placeholder={follows ? "and by device?" : "orders by country yesterday"}
        value={text}
        onChange={(event) => setText(event.target.value)}
        slotProps={{ htmlInput: { maxLength: 500 } }}
      />
      <Button type="submit" variant="contained" disabled={question === ""} loading={pending}>
        Ask
      </Button>
    </Box>
  );
}
