import { Box, Button, Stack, TableCell, TableRow, Typography } from "@mui/material";
import type { ReactNode } from "react";

import { mono } from "../app/theme";
import { Failed } from "../ui/Panel";
import { Rows } from "../ui/Rows";
import { useStatement, type Answer } from "./reads";

const KINDS: Record<Answer["understood"][number]["kind"], string> = {
  metric: "figure",
  dimension: "told apart by",
  value: "only where",
  time: "time",
  step: "step of time",
  rank: "order",
  number: "number",
  comparison: "comparison",
  connective: "joins",
  not_told: "cannot be told",
  not_known: "not known",
};

interface Props {
  answer: Answer;
  onLeave: () => void;
}

/** How an answer came about: each word, what the figures mean, the statement, the versions, and the way to run it again. */
export function Work({ answer, onLeave }: Props) {
  return (
    <Box component="details">
      <Box component="summary" sx={{ cursor: "pointer", typography: "body2", py: 0.5 }}>
        How this was read
      </Box>
      <Stack spacing={1.5} sx={{ pt: 1 }}>
        <Rows head={["Words", "Taken for", "Meaning"]}>
          {answer.understood.map(({ words, kind, meaning }, place) => (
            <TableRow key={place}>
              <TableCell>{words}</TableCell>
              <TableCell>{KINDS[kind]}</TableCell>
              <TableCell sx={{ overflowWrap: "anywhere" }}>{meaning}</TableCell>
            </TableRow>
          ))}
        </Rows>
        {answer.metrics.map(({ name, title, description, formula }) => (
          <Typography key={name} variant="body2">
            <b>{title}</b>: {description} Computed as <Code>{formula}</Code>
          </Typography>
        ))}
        <Source answer={answer} onLeave={onLeave} />
      </Stack>
    </Box>
  );
}

function Source({ answer, onLeave }: Props) {
  const statement = useStatement(onLeave);
  const [link] = answer.links;
  const versions = Object.entries(answer.versions).map(([name, version]) => `${name} ${version}`);
  return (
    <>
      {answer.sql !== null && (
        <Box component="pre" tabIndex={0} role="region" aria-label="Statement" sx={{ ...mono, ...STATEMENT }}>
          {answer.sql}
        </Box>
      )}
      <Typography variant="body2" color="text.secondary" sx={{ overflowWrap: "anywhere" }}>
        Computed from {answer.table ?? "the catalogue"}; read at {versions.join(", ")}.
      </Typography>
      {link !== undefined && (
        <Button
          size="small"
          variant="outlined"
          loading={statement.isPending}
          onClick={() => statement.mutate(link)}
          sx={{ alignSelf: "start" }}
        >
          Run it again in Query
        </Button>
      )}
      {statement.error && <Failed error={statement.error} />}
    </>
  );
}

const STATEMENT = { m: 0, maxHeight: 200, overflow: "auto", whiteSpace: "pre-wrap" } as const;

function Code({ children }: { children: ReactNode }) {
  return (
    <Box component="code" sx={{ ...mono, overflowWrap: "anywhere" }}>
      {children}
    </Box>
  );
}
