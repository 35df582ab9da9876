import { createContext, startTransition, useContext, useEffect, useState, useSyncExternalStore } from "react";

import { standing, type Standing } from "./standing";
import { LiveStore, type LiveState } from "./store";

export const LiveContext = createContext(new LiveStore());

export function useLiveState(): LiveState {
  const store = useContext(LiveContext);
  return useSyncExternalStore(store.subscribe, store.snapshot);
}

/** A part of it: rendered anew when that changes, rather than with each sign of life. */
export function useLiveOf<T>(part: (state: LiveState) => T): T {
  const store = useContext(LiveContext);
  return useSyncExternalStore(store.subscribe, () => part(store.snapshot()));
}

/** The present state of the lake, or null before the first message. */
export function useLiveMessage(): LiveState["message"] {
  return useLiveOf(({ message }) => message);
}

// A page of charts takes many milliseconds to draw: drawn four times a second it would cost frames.
const DRAW_EVERY_MS = 1_000;

/** The same for what takes long to draw: once a second at most. */
export function useDrawnMessage(): LiveState["message"] {
  const store = useContext(LiveContext);
  const [drawn, setDrawn] = useState(() => store.snapshot().message);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let at = -DRAW_EVERY_MS;
    const take = (): void => {
      timer = undefined;
      at = performance.now();
      startTransition(() => setDrawn(store.snapshot().message));
    };
    const hear = (): void => {
      timer ??= setTimeout(take, Math.max(0, at + DRAW_EVERY_MS - performance.now()));
    };
    hear();
    const leave = store.subscribe(hear);
    return () => {
      leave();
      clearTimeout(timer);
    };
  }, [store]);
  return drawn;
}

/** The milliseconds since the epoch, once a second. */
export function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

export function useStanding(): Standing {
  const state = useLiveState();
  const now = useNow();
  return standing(state, now);
}
