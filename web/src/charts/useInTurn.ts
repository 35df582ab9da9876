/** What takes long to draw is drawn one after the other, each in a frame of its own: together they would cost several. */
import { useEffect, useState } from "react";

const waiting = new Set<() => void>();
let frame: number | null = null;

function next(): void {
  const [first] = waiting;
  frame = null;
  if (first === undefined) return;
  waiting.delete(first);
  first();
  ask();
}

function ask(): void {
  if (waiting.size > 0) frame ??= requestAnimationFrame(next);
}

/** The value that is to be drawn: the newest one as soon as it is its turn. */
export function useInTurn<T>(value: T): T {
  const [drawn, setDrawn] = useState(value);
  useEffect(() => {
    const take = (): void => setDrawn(() => value);
    waiting.add(take);
    ask();
    return () => void waiting.delete(take);
  }, [value]);
  return drawn;
}
