import { useDeferredValue, type ReactNode } from "react";

interface Props {
  /** What is there until it is first drawn. */
  meanwhile: ReactNode;
  children: ReactNode;
}

/**
 * What may be drawn in pieces, between the frames, as it is no answer to what the visitor does: figures that come in.
 * Not for fields that are written in: what is typed would be late.
 */
export function Unhurried({ meanwhile, children }: Props) {
  return useDeferredValue(children, meanwhile);
}
