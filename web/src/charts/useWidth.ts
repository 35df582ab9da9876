import { useEffect, useRef, useState, type RefObject } from "react";

/** How wide an element is, in pixels, as that changes; 0 until it is known. Told with the frame's own layout, rather than by one more. */
export function useWidth<T extends HTMLElement>(): [RefObject<T | null>, number] {
  const host = useRef<T>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.round(entry?.contentRect.width ?? 0)));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [host, width];
}
