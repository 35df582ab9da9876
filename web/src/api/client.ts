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
    for (const [name, value] of Object.entries(authorization())) request.headers.set(name, value);
    return request;
  },
});

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The data of an answer; raises RequestError with the API's own problem where it is none. */
export async function unwrap<T>(answer: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await answer;
  if (data === undefined) throw new RequestError(problemFrom(error, response.status));
  return data;
}
