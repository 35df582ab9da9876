import { Alert, AlertTitle, Paper, Skeleton, Typography } from "@mui/material";
import { useId, type ReactNode } from "react";

import { problemOf } from "../api/problem";

/** A section with its title, a region for who listens rather than looks. */
export function Panel({ title, children }: { title: string; children: ReactNode }) {
  const id = useId();
  return (
    <Paper component="section" aria-labelledby={id} variant="outlined" sx={{ p: 2, minWidth: 0 }}>
      <Typography id={id} variant="h2" sx={{ mb: 1.5 }}>
        {title}
      </Typography>
      {children}
    </Paper>
  );
}

/** What failed, and what to do. */
export function Failed({ error }: { error: unknown }) {
  const { title, detail } = problemOf(error);
  return (
    <Alert severity="error" variant="outlined">
      <AlertTitle>{title}</AlertTitle>
      {detail}
    </Alert>
  );
}

export function Loading({ height = 120 }: { height?: number }) {
  return <Skeleton variant="rounded" height={height} aria-label="Loading" />;
}
