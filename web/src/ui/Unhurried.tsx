import { useDeferredValue, type ReactNode } from "react";

/**
 * What may be drawn in pieces, between the frames, as it is no answer to what the visitor does: figures that come in.
 * Not for fields that are written in: what is typed would be late.
 */
export function Unhurried({ children }: { children: ReactNode }) {
  return useDeferredValue(children);
}
