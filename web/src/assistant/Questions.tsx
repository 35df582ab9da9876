import { Chip, Stack, Typography } from "@mui/material";

interface Props {
  title: string;
  questions: string[];
  onAsk: (question: string) => void;
}

/** Questions that are asked by choosing them. */
export function Questions({ title, questions, onAsk }: Props) {
  if (questions.length === 0) return null;
  return (
    <Stack spacing={0.75} role="group" aria-label={title}>
      <Typography variant="body2" color="text.secondary">
        {title}
      </Typography>
      <Stack direction="row" sx={{ flexWrap: "wrap", gap: 0.75 }}>
        {questions.map((question) => (
          <Chip
            key={question}
            label={question}
            variant="outlined"
            onClick={() => onAsk(question)}
            sx={{ height: "auto", py: 0.5, "& .MuiChip-label": { whiteSpace: "normal" } }}
          />
        ))}
      </Stack>
    </Stack>
  );
}
