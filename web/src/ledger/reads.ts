/** What the ledger says, at the time that is looked at. */
import { useQuery } from "@tanstack/react-query";

import { api, unwrap } from "../api/client";
import { useView } from "../app/view";
import type { LiveLedger } from "../live/message";
import { useRenewal } from "../live/renewal";

/** Every source partition's records and what became of them. */
export function useBalance() {
  const { asOf } = useView();
  return useQuery({
    queryKey: ["balance by source", asOf],
    ...useRenewal(),
    queryFn: () => balanceAt(asOf),
  });
}

/** The ledger as it was then, all sources together; not asked for while the present is shown. */
export function usePastLedger() {
  const { asOf } = useView();
  return useQuery({
    queryKey: ["balance", asOf],
    enabled: asOf !== null,
    queryFn: async (): Promise<LiveLedger> => {
      const balance = await balanceAt(asOf);
      const sum = (name: "accepted" | "duplicates" | "quarantined" | "late"): number =>
        balance.data.reduce((all, row) => all + row[name], 0);
      const { received, difference } = balance;
      const parts = { accepted: sum("accepted"), duplicates: sum("duplicates"), quarantined: sum("quarantined") };
      return { received, difference, ...parts, late: sum("late") };
    },
  });
}

function balanceAt(asOf: string | null) {
  return unwrap(api.GET("/api/v1/ledger/balance", { params: { query: { as_of: asOf } } }));
}
