import { Box, Typography } from "@mui/material";

import { RENEW_MS } from "../../live/renewal";
import { useLiveMessage } from "../../live/useLive";
import { Failed, Loading } from "../../ui/Panel";
import { count, money, percent } from "../../view/format";
import { useView } from "../../app/view";
import { Card } from "./Card";
import type { OverTime } from "./minutes";
import { useMoney, useTotals } from "./reads";
import type { Span } from "../../live/span";

/** The range's key figures, and the newest minute's as they move. */
export function Cards({ span, over }: { span: Span; over: OverTime }) {
  const totals = useTotals(span.from, span.to);
  const before = useTotals(span.before, span.from).data ?? null;
  const revenue = useMoney(span.from, span.to);
  const revenueBefore = useMoney(span.before, span.from).data?.data ?? [];
  const newest = useLiveMessage()?.windows[0];
  const live = useView().asOf === null ? newest : undefined;
  const error = totals.error ?? revenue.error;
  if (error) return <Failed error={error} />;
  if (totals.data === undefined || revenue.data === undefined) return <Loading height={150} />;
  const now = totals.data;
  const rate = (text: string | null | undefined): number | null => (text == null ? null : Number(text));
  return (
    <>
      <Box
        sx={{
          display: "grid",
          gap: { xs: 1, sm: 2 },
          // Two beside each other on a phone.
          gridTemplateColumns: { xs: "1fr 1fr", sm: "repeat(auto-fill, minmax(min(100%, 13rem), 1fr))" },
        }}
      >
        <Card
          name="Events"
          value={count(now?.events ?? 0)}
          now={now?.events ?? 0}
          before={before?.events ?? null}
          points={over.events}
          color="events"
          note={live && `${count(live.events)} this minute`}
        />
        <Card
          name="Purchases"
          value={count(now?.purchases ?? 0)}
          now={now?.purchases ?? 0}
          before={before?.purchases ?? null}
          points={over.purchases}
          color="events"
          note={live && `${count(live.purchases)} this minute`}
        />
        <Card
          name="Conversion"
          value={percent(now?.conversion_rate ?? null)}
          now={rate(now?.conversion_rate)}
          before={rate(before?.conversion_rate)}
          points={over.conversion}
          color="rate"
          note={live && `${percent(live.conversion_rate)} this minute`}
        />
        <Card
          name="Active users"
          value={count(now?.active_users ?? 0)}
          now={now?.active_users ?? 0}
          before={before?.active_users ?? null}
          points={over.users}
          color="users"
          note={live && `${count(live.active_users)} this minute`}
        />
        {revenue.data.data.map((row) => (
          <Card
            key={row.currency}
            name={`Net revenue, ${row.currency}`}
            value={money(row.net, row.currency)}
            now={Number(row.net)}
            before={rate(revenueBefore.find(({ currency }) => currency === row.currency)?.net)}
            points={over.net[row.currency] ?? []}
            color="money"
            note={`${count(row.orders)} orders`}
          />
        ))}
      </Box>
      {live && (
        <Typography variant="body2" color="text.secondary">
          Figures of the range are counted anew every {RENEW_MS / 1000} s; those of this minute move at once.
        </Typography>
      )}
    </>
  );
}
