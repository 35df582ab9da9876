import { Alert, Stack } from "@mui/material";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { problemOf } from "../api/problem";
import { clock } from "../view/format";
import { Failed, Loading } from "./Panel";

interface Props<T> {
  query: UseQueryResult<T>;
  /** Of the skeleton, so that nothing jumps when the answer is there. */
  height?: number;
  children: (data: T) => ReactNode;
}

/** What was asked for: its skeleton, why there is none, or the answer, with since when it could not be renewed. */
export function Found<T>({ query, height, children }: Props<T>) {
  const { data, error, dataUpdatedAt } = query;
  if (data === undefined) return error ? <Failed error={error} /> : <Loading height={height} />;
  if (!error) return children(data);
  const { detail } = problemOf(error);
  return (
    <Stack spacing={1.5}>
      <Alert severity="warning" variant="outlined">
        Stale: as of {clock(dataUpdatedAt)}, and not renewed since. {detail}
      </Alert>
      {children(data)}
    </Stack>
  );
}
