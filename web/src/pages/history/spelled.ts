/** A value of a row as the API writes it: text as it is. */
export function spelled(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
