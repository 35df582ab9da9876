import { Fragment } from "react";

import { moment } from "../view/format";

const TIMES = /\d{4}-\d\d-\d\dT[\d:.]+Z/g;

/** Words of the API or of ours: times as they are told elsewhere, and what stands between backticks as code. */
export function Said({ children }: { children: string }) {
  return children
    .split("`")
    .map((part, place) =>
      place % 2 === 1 ? (
        <code key={place}>{part}</code>
      ) : (
        <Fragment key={place}>{part.replaceAll(TIMES, moment)}</Fragment>
      ),
    );
}
