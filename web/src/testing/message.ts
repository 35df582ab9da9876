import type { LiveMessage, LiveWindow } from "../live/message";

export function liveWindow(start: string, part: Partial<LiveWindow> = {}): LiveWindow {
  const end = new Date(Date.parse(start) + 60_000).toISOString();
  const counts = { page_views: 90, add_to_carts: 20, purchases: 8, refunds: 2, units: 15, active_users: 61 };
  const users = { viewing_users: 60, cart_users: 18, purchasing_users: 7, conversion_rate: "0.116667" };
  const late = { late_events: 0, corrections: 0, corrected_at: null };
  return { window_start: start, window_end: end, state: "final", events: 120, ...counts, ...users, ...late, ...part };
}

export function message(part: Partial<LiveMessage> = {}): LiveMessage {
  return {
    as_of: "2026-11-24T10:30:15Z",
    watermark: "2026-11-24T10:30:05Z",
    versions: "gold.kpis_1m=41,ops.ledger=44",
    behind_ms: 40,
    engine_running: true,
    windows: [
      liveWindow("2026-11-24T10:30:00Z", { state: "open", events: 20 }),
      liveWindow("2026-11-24T10:29:00Z", { corrections: 2, corrected_at: "2026-11-24T10:30:12Z" }),
      liveWindow("2026-11-24T10:28:00Z"),
    ],
    revenue: [{ window_start: "2026-11-24T10:29:00Z", currency: "EUR", orders: 7, gross: "310.4500", net: "290.4600" }],
    ledger: { received: 1205, accepted: 1190, duplicates: 10, quarantined: 5, late: 12, difference: 0 },
    reasons: [{ reason: "range:price", records: 5 }],
    ...part,
  };
}
