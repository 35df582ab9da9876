/** A new minute concerns the whole page: its parts ask and are drawn one after the other, for at once they would cost frames. */
import { startTransition, useEffect, useState } from "react";

import type { Span } from "./span";

// What a part asks for is answered, as a rule, before the next one asks.
const APART_MS = 250;

/** The span for the part at a place, from 0 on: at once where another view, of another range or time, is looked at, else later. */
export function useSpread(span: Span, view: string, place: number): Span {
  const [taken, setTaken] = useState({ span, view });
  useEffect(() => {
    const timer = setTimeout(() => startTransition(() => setTaken({ span, view })), place * APART_MS);
    return () => clearTimeout(timer);
  }, [span, view, place]);
  return taken.view === view ? taken.span : span;
}
