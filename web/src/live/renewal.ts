/** How often what is shown of the present is asked for anew; answers of the past never change. */
import { keepPreviousData } from "@tanstack/react-query";

import { useView } from "../app/view";
import { useLiveOf } from "./useLive";

// Reads without a key are 60 a minute and address; an overview of the last hour takes a good third of them.
export const RENEW_MS = 20_000;
// What is new once a minute at most: judgements of final minutes, ranges that late events alone change.
export const SELDOM_MS = 60_000;

export function useRenewal(every_ms = RENEW_MS) {
  const { asOf } = useView();
  const paused = useLiveOf((state) => state.paused);
  return { placeholderData: keepPreviousData, refetchInterval: asOf === null && !paused ? every_ms : (false as const) };
}
