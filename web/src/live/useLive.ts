import { createContext, useContext, useEffect, useState, useSyncExternalStore } from "react";

import { standing, type Standing } from "./standing";
import { LiveStore, type LiveState } from "./store";

export const LiveContext = createContext(new LiveStore());

export function useLiveState(): LiveState {
  const store = useContext(LiveContext);
  return useSyncExternalStore(store.subscribe, store.snapshot);
}

/** The present state of the lake, or null before the first message. */
export function useLiveMessage(): LiveState["message"] {
  const store = useContext(LiveContext);
  return useSyncExternalStore(store.subscribe, () => store.snapshot().message);
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
