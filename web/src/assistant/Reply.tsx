import { Alert, Chip, Stack, Typography } from "@mui/material";

import { Drawing } from "./Drawing";
import { Figures } from "./Figures";
import { Questions } from "./Questions";
import type { Answer, Turn } from "./reads";
import { Work } from "./Work";

interface Props {
  turn: Turn;
  onAsk: (question: string) => void;
  /** Called when the panel is left for a page. */
  onLeave: () => void;
}

/** A question and its answer: the figures, a question back, or why there are none. */
export function Reply({ turn: { question, answer }, onAsk, onLeave }: Props) {
  return (
    <Stack component="article" aria-label={question} spacing={1.5}>
      <Typography variant="h3">{question}</Typography>
      <Stack direction="row" sx={{ gap: 1, flexWrap: "wrap", alignItems: "baseline" }}>
        <Badge answer={answer} />
      </Stack>
      <Typography sx={{ overflowWrap: "anywhere" }}>{answer.text}</Typography>
      {answer.notes.map((note) => (
        <Typography key={note} variant="body2" color="text.secondary">
          {note}
        </Typography>
      ))}
      {answer.unused.length > 0 && (
        <Alert severity="warning" variant="outlined">
          Not sure: {answer.unused.map((words) => `“${words}”`).join(", ")} had no part in this as written.
        </Alert>
      )}
      <Drawing answer={answer} />
      <Figures answer={answer} />
      <Questions title="Did you mean" questions={answer.choices} onAsk={onAsk} />
      <Work answer={answer} onLeave={onLeave} />
      <Questions
        title={answer.kind === "refusal" ? "What can be asked" : "Next"}
        questions={answer.suggestions}
        onAsk={onAsk}
      />
    </Stack>
  );
}

const BADGES = {
  certified_metric: { label: "Certified metric", color: "success" },
  generated_sql: { label: "Generated SQL", color: "info" },
  not_sure: { label: "Not sure", color: "warning" },
} as const;

function Badge({ answer: { kind, badge } }: { answer: Answer }) {
  if (kind === "question") return <Chip size="small" variant="outlined" label="Asks back" />;
  if (kind === "refusal") return <Chip size="small" variant="outlined" label="Cannot be told" />;
  const { label, color } = BADGES[badge ?? "not_sure"];
  return <Chip size="small" variant="outlined" color={color} label={label} />;
}
