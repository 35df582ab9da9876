import { expect, test } from "vitest";

import { barsOf } from "./overTime";

const REASON = { repaired: 0, share: "0.5000", first_received_at: "", last_received_at: "" };

test("steps begin where the range does, and what is in them is in their bars", () => {
  const { reasons, steps } = barsOf(
    {
      start: "2026-11-24T10:22:00Z",
      end: "2026-11-24T10:52:00Z",
      step_s: 900,
      records: 3,
      repaired: 0,
      by_reason: [
        { reason: "type:price", records: 2, ...REASON },
        { reason: "too_deep", records: 1, ...REASON },
        { reason: "too_late", records: 1, ...REASON },
      ],
      over_time: [
        {
          step_start: "2026-11-24T10:37:00Z",
          step_end: "2026-11-24T10:52:00Z",
          reasons: { "type:price": 2, too_deep: 1, too_late: 1 },
        },
      ],
    },
    2,
  );
  expect(reasons).toEqual(["type:price", "others"]);
  expect(steps).toEqual([
    { start: "2026-11-24T10:22:00.000Z", "type:price": 0, others: 0 },
    { start: "2026-11-24T10:37:00.000Z", "type:price": 2, others: 2 },
  ]);
});
