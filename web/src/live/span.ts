/** The stretch of event time that is looked at, and the one before it, as long. */
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";

import { api, unwrap } from "../api/client";
import { RANGES, useView, type RangeName } from "../app/view";
import { useLiveOf } from "./useLive";

export interface Span {
  before: string;
  from: string;
  to: string;
}

export function spanUpTo(end: string, range: RangeName): Span {
  const length = RANGES[range].minutes * 60_000;
  const at = (steps: number): string => new Date(Date.parse(end) - steps * length).toISOString();
  return { before: at(2), from: at(1), to: at(0) };
}

/** Up to the end of the newest minute that has events: now, or as of then. Nothing where no event is known. */
export function useSpan(): { span: Span | null; error: unknown; pending: boolean } {
  const { asOf, range } = useView();
  const isKnown = useLiveOf(({ message }) => message !== null);
  const newest = useLiveOf(({ message }) => message?.windows[0]?.window_end);
  const past = useQuery({
    queryKey: ["latest", asOf],
    enabled: asOf !== null,
    staleTime: Infinity,
    queryFn: () => unwrap(api.GET("/api/v1/kpis/latest", { params: { query: { as_of: asOf } } })),
  });
  const end = asOf === null ? newest : past.data?.window?.window_end;
  const span = useMemo(() => (end === undefined ? null : spanUpTo(end, range)), [end, range]);
  return {
    span,
    error: asOf === null ? null : past.error,
    pending: asOf === null ? !isKnown : past.isPending,
  };
}
