/**
 * The charts, loaded when the first of them is drawn: what draws them is as large as a third of the first page. Where that cannot be
 * loaded, the rest of the page stays.
 */
import { lazy, Suspense } from "react";

import { Failsafe } from "../app/Failsafe";
import { Loading } from "../ui/Panel";
import { LINES_HEIGHT, ranksHeight } from "./axes";
import type { Props as LinesProps } from "./LinesChart";
import type { Props as RankProps } from "./RankChart";

const Lines = lazy(async () => ({ default: (await import("./LinesChart")).LinesChart }));
const Ranks = lazy(async () => ({ default: (await import("./RankChart")).RankChart }));

/** As charts/LinesChart has it; its place is kept while it is loaded. */
export function LinesChart(props: LinesProps) {
  return (
    <Failsafe>
      <Suspense fallback={<Loading height={LINES_HEIGHT} />}>
        <Lines {...props} />
      </Suspense>
    </Failsafe>
  );
}

/** As charts/RankChart has it; its place is kept while it is loaded. */
export function RankChart(props: RankProps) {
  return (
    <Failsafe>
      <Suspense fallback={<Loading height={ranksHeight(props.rows.length)} />}>
        <Ranks {...props} />
      </Suspense>
    </Failsafe>
  );
}
