import { Fragment } from "react";

/** Words of which what stands between backticks is code: a command, a setting, a path. */
export function InCode({ children }: { children: string }) {
  return children
    .split("`")
    .map((part, place) =>
      place % 2 === 1 ? <code key={place}>{part}</code> : <Fragment key={place}>{part}</Fragment>,
    );
}
