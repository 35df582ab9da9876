import { Box, Typography } from "@mui/material";
import type { UseQueryResult } from "@tanstack/react-query";
import { memo, type ReactNode } from "react";

import { RENEW_MS, SELDOM_MS } from "../../live/renewal";
import type { LiveWindow } from "../../live/message";
import { useLiveOf } from "../../live/useLive";
import { Stale } from "../../ui/Found";
import { Failed, Loading } from "../../ui/Panel";
import { count, many, money, percent } from "../../view/format";
import { useView } from "../../app/view";
import { Unhurried } from "../../ui/Unhurried";
import { ViewLink } from "../../ui/ViewLink";
import { Card, type Before } from "./Card";
import type { OverTime } from "./minutes";
import { useMoney, useTotals } from "./reads";
import type { Span } from "../../live/span";

/** The range's key figures, and the newest minute's as they move. */
export const Cards = memo(function Cards({ span, over }: { span: Span; over: OverTime }) {
  const totals = useTotals(span.from, span.to);
  const before = useTotals(span.before, span.from, SELDOM_MS);
  const revenue = useMoney(span.from, span.to);
  const revenueBefore = useMoney(span.before, span.from, SELDOM_MS);
  const { asOf } = useView();
  const error = totals.error ?? revenue.error;
  if (totals.data === undefined || revenue.data === undefined)
    return error ? <Failed error={error} /> : <Loading height={150} />;
  const now = totals.data;
  const rate = (text: string | null | undefined): number | null => (text == null ? null : Number(text));
  return (
    <>
      {error && <Stale since={Math.min(totals.dataUpdatedAt, revenue.dataUpdatedAt)} error={error} />}
      <Unhurried meanwhile={<Loading height={150} />}>
        <Box
          sx={{
            display: "grid",
            gap: { xs: 1, sm: 2 },
            // Two beside each other on a phone; elsewhere five of five in a row, and four of more.
            gridTemplateColumns: {
              xs: "1fr 1fr",
              sm: `repeat(auto-fit, minmax(min(100%, ${revenue.data.data.length > 1 ? 15 : 11.5}rem), 1fr))`,
            },
          }}
        >
          <Card
            name="Events"
            metric="events"
            value={count(now?.events ?? 0)}
            now={now?.events ?? 0}
            before={beforeOf(before, (then) => then?.events ?? null)}
            course={over.events}
            color="events"
            note={<Now told={eventsIn} rated />}
          />
          <Card
            name="Purchases"
            metric="purchases"
            value={count(now?.purchases ?? 0)}
            now={now?.purchases ?? 0}
            before={beforeOf(before, (then) => then?.purchases ?? null)}
            course={over.purchases}
            color="events"
            note={<Now told={purchasesIn} />}
          />
          <Card
            name="Conversion"
            metric="conversion_rate"
            value={percent(now?.conversion_rate ?? null)}
            now={rate(now?.conversion_rate)}
            before={beforeOf(before, (then) => rate(then?.conversion_rate))}
            course={over.conversion}
            color="rate"
            note={<Now told={conversionIn} />}
          />
          <Card
            name="Active users"
            metric="active_users"
            value={count(now?.active_users ?? 0)}
            now={now?.active_users ?? 0}
            before={beforeOf(before, (then) => then?.active_users ?? null)}
            course={over.users}
            color="users"
            note={<Now told={usersIn} />}
          />
          {revenue.data.data.map((row) => (
            <Card
              key={row.currency}
              name={`Net revenue, ${row.currency}`}
              metric="net"
              value={money(row.net, row.currency)}
              now={Number(row.net)}
              before={beforeOf(revenueBefore, ({ data }) =>
                Number(data.find(({ currency }) => currency === row.currency)?.net ?? 0),
              )}
              course={over.net[row.currency] ?? []}
              color="money"
              note={<Note>{many(row.orders, "order")}</Note>}
            />
          ))}
        </Box>
        {asOf === null && (
          <Note>
            Figures of the range are counted anew every {RENEW_MS / 1000} s; those of this minute move at once.
          </Note>
        )}
      </Unhurried>
    </>
  );
});

/** One figure of the range before, of what was answered about it. */
function beforeOf<T>({ data, error }: Answered<T>, figure: (data: T) => number | null): Before {
  if (data !== undefined) return figure(data);
  return error ? "not known" : "asked";
}

type Answered<T> = Pick<UseQueryResult<T>, "data" | "error">;

const eventsIn = (window: LiveWindow): string => count(window.events);
const purchasesIn = (window: LiveWindow): string => count(window.purchases);
const conversionIn = (window: LiveWindow): string => percent(window.conversion_rate);
const usersIn = (window: LiveWindow): string => count(window.active_users);

interface NowProps {
  told: (window: LiveWindow) => string;
  /** With how many events a second the minute before had. */
  rated?: boolean;
}

/** What the newest minute says, as it moves. Nothing of the past. */
const Now = memo(function Now(props: NowProps) {
  const { asOf } = useView();
  const start = useLiveOf(({ message }) => message?.windows[0]?.window_start);
  if (asOf !== null || start === undefined) return null;
  return (
    <Note>
      <ViewLink to={`/explain/${encodeURIComponent(start)}`} title="What this minute is made of">
        <Told {...props} />
      </ViewLink>
    </Note>
  );
});

/** The text alone, for it changes several times a second. */
function Told({ told, rated = false }: NowProps) {
  return useLiveOf(({ message }) => {
    const [newest, before] = message?.windows ?? [];
    if (newest === undefined) return null;
    const said = `${told(newest)} ${newest.state === "open" ? "this minute" : "in the newest minute"}`;
    return rated && before?.window_end === newest.window_start
      ? `${said}; ${rateOf(before)}/s in the one before`
      : said;
  });
}

function rateOf({ events }: LiveWindow): string {
  return count(Number((events / 60).toPrecision(3)));
}

const Note = memo(function Note({ children }: { children: ReactNode }) {
  return (
    <Typography variant="body2" color="text.secondary">
      {children}
    </Typography>
  );
});
