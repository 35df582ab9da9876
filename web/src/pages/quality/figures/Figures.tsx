import { Freshness } from "./Freshness";
import { LatenessCurve } from "./LatenessCurve";
import { Results } from "./Results";
import { Score } from "./Score";

/** How good the data of the range is: one figure, what it is made of, and what each part was judged by. */
export function Figures() {
  return (
    <>
      <Score />
      <Results />
      <LatenessCurve />
      <Freshness />
    </>
  );
}
