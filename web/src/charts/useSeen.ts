import { useEffect, useState, type RefObject } from "react";

// So that it is up to date when it comes into sight.
const NEAR = "100px";

/** Whether an element is in sight, or nearly. */
export function useSeen(host: RefObject<HTMLElement | null>): boolean {
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    const observer = new IntersectionObserver((entries) => setSeen(entries.at(-1)?.isIntersecting === true), {
      rootMargin: NEAR,
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [host]);
  return seen;
}
