/** How often what is shown of the present is asked for anew; answers of the past never change. */
import { keepPreviousData } from "@tanstack/react-query";

import { useView } from "../app/view";
import { useLiveOf } from "./useLive";

// Reads without a key are 60 a minute and address: two pages that are open take half of them.
export const RENEW_MS = 20_000;

export function useRenewal(every_ms = RENEW_MS) {
  const { asOf } = useView();
  const paused = useLiveOf((state) => state.paused);
  return { placeholderData: keepPreviousData, refetchInterval: asOf === null && !paused ? every_ms : (false as const) };
}
