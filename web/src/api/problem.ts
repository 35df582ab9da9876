/** What went wrong with a request, with what to do about it. */

export interface Problem {
  status: number;
  title: string;
  detail: string;
}

export class RequestError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.name = "RequestError";
    this.problem = problem;
  }
}

/** The problem of an answer's body, of a lost connection, or of whatever else was thrown. */
export function problemOf(error: unknown): Problem {
  if (error instanceof RequestError) return error.problem;
  if (error instanceof TypeError) {
    return {
      status: 0,
      title: "The API does not answer",
      detail: `Nothing answers at ${window.location.host}; is \`rtl up\` running? This page tries again by itself.`,
    };
  }
  return { status: 0, title: "Something failed", detail: error instanceof Error ? error.message : String(error) };
}

/** Reads the body of an answer that is not a success. */
export function problemFrom(body: unknown, status: number): Problem {
  const said = typeof body === "object" && body !== null ? (body as Partial<Problem>) : {};
  return {
    status,
    title: said.title ?? `The API answered ${status}`,
    detail: said.detail ?? "The API did not say why; its log has more.",
  };
}
