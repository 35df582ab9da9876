/** The API key, where one is needed: kept for this tab only, never in an address. */

const NAME = "rtl.key";

export function storedKey(): string | null {
  return sessionStorage.getItem(NAME);
}

export function storeKey(key: string | null): void {
  if (key === null) sessionStorage.removeItem(NAME);
  else sessionStorage.setItem(NAME, key);
}

/** The header that shows a key: the one that is kept, unless another is tried. */
export function authorization(key: string | null = storedKey()): Record<string, string> {
  return key === null ? {} : { Authorization: `Bearer ${key}` };
}
