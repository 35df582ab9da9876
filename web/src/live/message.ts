/** What the live feed tells: the whole present state, so that one missed message is no loss. */

export interface LiveWindow {
  window_start: string;
  window_end: string;
  state: "open" | "final";
  events: number;
  page_views: number;
  add_to_carts: number;
  purchases: number;
  refunds: number;
  units: number;
  active_users: number;
  viewing_users: number;
  cart_users: number;
  purchasing_users: number;
  conversion_rate: string | null;
  late_events: number;
  corrections: number;
  corrected_at: string | null;
}

export interface LiveRevenue {
  window_start: string;
  currency: string;
  orders: number;
  gross: string;
  net: string;
}

export interface LiveLedger {
  received: number;
  accepted: number;
  duplicates: number;
  quarantined: number;
  late: number;
  difference: number;
}

export interface LiveMessage {
  as_of: string;
  watermark: string;
  versions: string;
  behind_ms: number;
  engine_running: boolean;
  /** Newest first. */
  windows: LiveWindow[];
  revenue: LiveRevenue[];
  ledger: LiveLedger;
  reasons: { reason: string; records: number }[];
}
