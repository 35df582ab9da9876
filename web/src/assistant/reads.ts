/** What the assistant's panel asks the API for. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";

import { api, unwrap, type Schemas } from "../api/client";
import { useView } from "../app/view";

export type Answer = Schemas["AssistantAnswer"];

export interface Turn {
  question: string;
  answer: Answer;
}

/** What was asked and answered, in order; a question may follow up the last answer that had figures. */
export function useConversation() {
  const { asOf } = useView();
  const [turns, setTurns] = useState<Turn[]>([]);
  const asking = useMutation({
    mutationFn: async (question: string): Promise<Turn> => {
      const context = turns.findLast(({ answer }) => answer.context !== null)?.answer.context ?? null;
      const params = { query: { as_of: asOf } };
      return {
        question,
        answer: await unwrap(api.POST("/api/v1/assistant/ask", { params, body: { question, context } })),
      };
    },
    onSuccess: (turn) => setTurns([...turns, turn]),
  });
  const begin = (): void => {
    asking.reset();
    setTurns([]);
  };
  return { turns, asking, begin };
}

/** Questions that the data answers now. */
export function useSuggestions() {
  const { asOf } = useView();
  return useQuery({
    queryKey: ["assistant suggestions", asOf],
    staleTime: 60_000,
    queryFn: () => unwrap(api.GET("/api/v1/assistant/suggestions", { params: { query: { as_of: asOf } } })),
  });
}

/** Opens the statement behind an answer in Query, at the same versions. done: called once it is there. */
export function useStatement(done: () => void) {
  const navigate = useNavigate();
  return useMutation({
    mutationFn: async ({ path, body }: Answer["links"][number]) => {
      const as_of = new URL(path, window.location.origin).searchParams.get("as_of");
      const { sql } =
        "sql" in body
          ? body
          : await unwrap(api.POST("/api/v1/metrics-catalog/query", { params: { query: { as_of } }, body }));
      return new URLSearchParams({ sql, ...(as_of !== null && { as_of }) });
    },
    onSuccess: async (search) => {
      await navigate({ pathname: "/query", search: search.toString() });
      done();
    },
  });
}
