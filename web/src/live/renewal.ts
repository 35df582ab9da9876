/** How often what is shown of the present is asked for anew; answers of the past never change. */
import { useMemo } from "react";

import { useView } from "../app/view";
import { useLiveOf } from "./useLive";

// Reads without a key are 60 a minute and address; an overview of the last hour takes a good third of them.
export const RENEW_MS = 20_000;
// What is new once a minute at most: judgements of final minutes, ranges that late events alone change.
export const SELDOM_MS = 60_000;

/**
 * While it is asked anew, what was answered stays. Where another range, time or question is asked, it does not: for as long as the
 * answer takes, old figures would stand under a new name. question: what is asked besides range and time.
 */
export function useRenewal(every_ms = RENEW_MS, question = "") {
  const { asOf, range } = useView();
  const paused = useLiveOf((state) => state.paused);
  return useMemo(() => {
    const asked = JSON.stringify([asOf, range, question]);
    return {
      meta: { asked },
      placeholderData: <T>(data: T | undefined, before: Before | undefined) =>
        before?.meta?.["asked"] === asked ? data : undefined,
      refetchInterval: asOf === null && !paused ? every_ms : (false as const),
    };
  }, [asOf, range, question, paused, every_ms]);
}

interface Before {
  meta: Record<string, unknown> | undefined;
}
