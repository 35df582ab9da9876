// Reads of the API. What cannot be had is an Error whose message is for people.

const PATIENCE_MS = 5_000;

export async function read(path) {
  const answer = await fetch(`/api/v1${path}`, { signal: AbortSignal.timeout(PATIENCE_MS) });
  const document = await answer.json();
  if (!answer.ok) throw new Error(document.detail);
  return document;
}
