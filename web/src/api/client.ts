/** The one way to the API: a client typed by its own description. */
import createClient from "openapi-fetch";

import type { components, paths } from "./generated";
import { authorization } from "./key";
import { problemFrom, RequestError } from "./problem";

export type Schemas = components["schemas"];

export const api = createClient<paths>({
  baseUrl: window.location.origin,
  // Looked up at each call, so that tests can stand in for the network.
  fetch: (request) => globalThis.fetch(request),
});

api.use({
  onRequest({ request }) {
    for (const [name, value] of Object.entries(authorization())) {
      // A key that is tried goes before the one that is kept.
      if (!request.headers.has(name)) request.headers.set(name, value);
    }
    return request;
  },
});

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The document of an answer; raises RequestError with the API's own problem where it is none. Tabular reads may be text as well. */
export async function unwrap<T>(answer: Promise<Answer<T>>): Promise<Exclude<T, string>> {
  const { data, error, response } = await answer;
  if (data === undefined) throw new RequestError(problemFrom(error, response.status));
  if (typeof data === "string") throw new Error("The API answered text where a document was asked for.");
  return data as Exclude<T, string>;
}

/** The document of an answer with the table versions that it is of; raises as `unwrap` does. */
export async function unwrapOf<T extends object>(answer: Promise<Answer<T | string>>) {
  const given = await answer;
  const data = await unwrap(Promise.resolve(given));
  return { ...data, versions: given.response.headers.get("X-Lake-Versions") ?? "" };
}
