/** What the product's page asks the search for. */
import { useQuery } from "@tanstack/react-query";

import { api, unwrap } from "../../api/client";
import { problemOf } from "../../api/problem";
import { useView } from "../../app/view";
import { SELDOM_MS, useRenewal } from "../../live/renewal";

// While an index is built for the first time it is not there.
const AGAIN_MS = 5_000;

/** Whether that is what an answer failed for. */
export function isBuilding(error: Error | null): boolean {
  return error !== null && problemOf(error).status === 503;
}

export function useSimilar(product_id: string) {
  const { asOf } = useView();
  return useQuery({
    queryKey: ["similar", product_id, asOf],
    ...useIndexRenewal(),
    queryFn: () => {
      const params = { path: { product_id }, query: { as_of: asOf } };
      return unwrap(api.GET("/api/v1/search/products/{product_id}/similar", { params }));
    },
  });
}

export function useTogether(product_id: string) {
  const { asOf } = useView();
  return useQuery({
    queryKey: ["together", product_id, asOf],
    ...useIndexRenewal(),
    queryFn: () => {
      const params = { path: { product_id }, query: { as_of: asOf } };
      return unwrap(api.GET("/api/v1/search/products/{product_id}/together", { params }));
    },
  });
}

function useIndexRenewal() {
  const { refetchInterval } = useRenewal(SELDOM_MS);
  return {
    refetchInterval: ({ state }: { state: { error: Error | null } }) =>
      isBuilding(state.error) ? AGAIN_MS : refetchInterval,
  };
}
