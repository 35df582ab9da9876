import { MutationCache, QueryCache, QueryClient, type QueryClientConfig } from "@tanstack/react-query";

import { problemOf } from "../api/problem";
import { refused } from "../api/refusal";

/** What is asked of the API, and a question for a key where that is refused. */
export function newQueries(queries: NonNullable<QueryClientConfig["defaultOptions"]>["queries"]): QueryClient {
  return new QueryClient({
    defaultOptions: { queries },
    queryCache: new QueryCache({ onError: (error) => refused(problemOf(error), false) }),
    mutationCache: new MutationCache({
      onError: (error, _variables, _result, mutation) => {
        // A key that is tried is asked for already.
        if (mutation.meta?.["trial"] !== true) refused(problemOf(error), true);
      },
    }),
  });
}
