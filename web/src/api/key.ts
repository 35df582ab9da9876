/** The API key, where one is needed: kept for this tab only, never in an address. */
import { useSyncExternalStore } from "react";

const NAME = "rtl.key";
const listeners = new Set<() => void>();

export function storedKey(): string | null {
  return sessionStorage.getItem(NAME);
}

export function storeKey(key: string | null): void {
  if (key === null) sessionStorage.removeItem(NAME);
  else sessionStorage.setItem(NAME, key);
  for (const listener of listeners) listener();
}

/** The key that is kept, as it changes. */
export function useKey(): string | null {
  return useSyncExternalStore(subscribe, storedKey);
}

/** The header that shows a key: the one that is kept, unless another is tried. */
export function authorization(key: string | null = storedKey()): Record<string, string> {
  return key === null ? {} : { Authorization: `Bearer ${key}` };
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
