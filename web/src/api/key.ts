/** The API key, where one is needed: kept for this tab only, never in an address. */

const NAME = "rtl.key";

export function storedKey(): string | null {
  return sessionStorage.getItem(NAME);
}

export function storeKey(key: string | null): void {
  if (key === null) sessionStorage.removeItem(NAME);
  else sessionStorage.setItem(NAME, key);
}

export function authorization(): Record<string, string> {
  const key = storedKey();
  return key === null ? {} : { Authorization: `Bearer ${key}` };
}
