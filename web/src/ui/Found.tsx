import { Alert, Stack } from "@mui/material";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { problemOf } from "../api/problem";
import { clock } from "../view/format";
import { Failed, Loading } from "./Panel";
import { Said } from "./Said";

interface Props<T> {
  query: Pick<UseQueryResult<T>, "data" | "error" | "dataUpdatedAt">;
  /** Of the skeleton, so that nothing jumps when the answer is there. */
  height?: number;
  children: (data: T) => ReactNode;
}

/** What was asked for: its skeleton, why there is none, or the answer, with since when it could not be renewed. */
export function Found<T>({ query, height, children }: Props<T>) {
  const { data, error, dataUpdatedAt } = query;
  if (data === undefined) return error ? <Failed error={error} /> : <Loading height={height} />;
  if (!error) return children(data);
  return (
    <Stack spacing={1.5}>
      <Stale since={dataUpdatedAt} error={error} />
      {children(data)}
    </Stack>
  );
}

/** What is shown could not be renewed. since: when it came in, in milliseconds since the epoch. */
export function Stale({ since, error }: { since: number; error: unknown }) {
  return (
    <Alert severity="warning" variant="outlined">
      Stale: as of {clock(since)}, and not renewed since. <Said>{problemOf(error).detail}</Said>
    </Alert>
  );
}
