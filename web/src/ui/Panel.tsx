import { Alert, AlertTitle, Paper, Skeleton, Stack, Typography } from "@mui/material";
import { memo, useId, type ReactNode } from "react";

import { problemOf } from "../api/problem";
import { Said } from "./Said";
import { ViewLink } from "./ViewLink";

// The versions that were known at the time that is looked at.
const GONE = 410;

interface PanelProps {
  title: string;
  /** What can be done with it, beside the title. */
  action?: ReactNode;
  /** What a link on the same page calls it. */
  anchor?: string;
  children: ReactNode;
}

/** A section with its title, a region for who listens rather than looks. */
export function Panel({ title, action, anchor, children }: PanelProps) {
  const id = useId();
  return (
    <Paper
      component="section"
      id={anchor}
      aria-labelledby={id}
      variant="outlined"
      sx={{ typography: "body2", p: { xs: 1.5, sm: 2 }, minWidth: 0, scrollMarginTop: "4rem" }}
    >
      <Head id={id} title={title} action={action} />
      {children}
    </Paper>
  );
}

/** Drawn anew where it says something else, rather than with what is below it. */
const Head = memo(function Head({ id, title, action }: { id: string; title: string; action: ReactNode }) {
  return (
    <Stack direction="row" sx={{ justifyContent: "space-between", alignItems: "center", mb: 1.5, gap: 1 }}>
      <Typography id={id} variant="h2">
        {title}
      </Typography>
      {action}
    </Stack>
  );
});

/** What failed, and what to do. */
export function Failed({ error }: { error: unknown }) {
  const { status, title, detail } = problemOf(error);
  return (
    <Alert severity="error" variant="outlined">
      <AlertTitle>{title}</AlertTitle>
      <Said>{detail}</Said>
      {status === GONE && (
        <>
          {" "}
          Choose a later time; <ViewLink to="/history">Time travel</ViewLink> has all that are kept.
        </>
      )}
    </Alert>
  );
}

export function Loading({ height = 120 }: { height?: number }) {
  return <Skeleton variant="rounded" height={height} role="img" aria-label="Loading" />;
}
