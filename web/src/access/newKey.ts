/** A key of a request that no other one has: sent again with it, what was done already is not done again. */
export function newKey(): string {
  // Not randomUUID: there is none on a page that came over plain HTTP from another machine.
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("-");
}
