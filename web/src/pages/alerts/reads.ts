/** What the alerts' page asks the API for. */
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api, unwrap, type Schemas } from "../../api/client";
import { useRenewal } from "../../live/renewal";

const PAGE = 50;
const STATE_MS = 10_000;

export type AlertEntry = Schemas["AlertView"];
export type Rule = Schemas["RuleView"];
export type NewRule = Schemas["RuleBody"];
export type Silence = Schemas["SilenceBody"];

/** What fires now. */
export function useFiring() {
  return useQuery({
    queryKey: ["alerts", "firing"],
    ...useRenewal(STATE_MS),
    queryFn: async () =>
      (await unwrap(api.GET("/api/v1/alerts", { params: { query: { state: "firing", limit: 1_000 } } }))).data,
  });
}

/** What fired and is over, the newest first, and those before as often as they are asked for. */
export function useResolved() {
  return useInfiniteQuery({
    queryKey: ["alerts", "resolved"],
    ...useRenewal(),
    initialPageParam: null as string | null,
    queryFn: ({ pageParam: cursor }) =>
      unwrap(api.GET("/api/v1/alerts", { params: { query: { state: "resolved", limit: PAGE, cursor } } })),
    getNextPageParam: (last) => last.next_cursor,
    select: ({ pages }) => pages.flatMap((page) => page.data),
  });
}

export function useRules() {
  return useQuery({
    queryKey: ["alerts", "rules"],
    ...useRenewal(STATE_MS),
    queryFn: async () => (await unwrap(api.GET("/api/v1/alerts/rules"))).data,
  });
}

export function useCreate() {
  return useChange((body: NewRule) => unwrap(api.POST("/api/v1/alerts/rules", { body })));
}

export function useDelete() {
  return useChange((rule_id: string) =>
    unwrap(api.DELETE("/api/v1/alerts/rules/{rule_id}", { params: { path: { rule_id } } })),
  );
}

export function useSilence() {
  return useChange(({ alert_id, ...body }: Silence & { alert_id: number }) =>
    unwrap(api.POST("/api/v1/alerts/{alert_id}/silence", { params: { path: { alert_id } }, body })),
  );
}

function useChange<Wish, Answer>(mutationFn: (wish: Wish) => Promise<Answer>) {
  const queries = useQueryClient();
  return useMutation({ mutationFn, onSuccess: () => queries.invalidateQueries({ queryKey: ["alerts"] }) });
}
