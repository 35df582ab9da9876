import { useCallback, useSyncExternalStore, type RefObject } from "react";

import { drawingIn } from "./drawing";

/** Whether a part of the page has a drawing by now, as long as that is asked for. */
export function useDrawn(host: RefObject<HTMLElement | null>, asked: boolean): boolean {
  const subscribe = useCallback(
    (changed: () => void) => {
      const watching = new MutationObserver(changed);
      if (asked && host.current !== null) watching.observe(host.current, { childList: true, subtree: true });
      return () => watching.disconnect();
    },
    [host, asked],
  );
  return useSyncExternalStore(subscribe, () => asked && host.current !== null && drawingIn(host.current) !== null);
}
