import { Box, Stack, Typography } from "@mui/material";
import { useNavigate } from "react-router";

import { MinuteChart } from "../../charts/MinuteChart";
import type { LiveMessage } from "../../live/message";
import { useLiveMessage } from "../../live/useLive";
import { Loading, Panel } from "../../ui/Panel";
import { count, money, percent } from "../../view/format";
import { Corrections } from "./Corrections";
import { Figures } from "./Figures";
import { LedgerBadge } from "./LedgerBadge";
import { rateByMinute, eventsByMinute, netByMinute } from "./minutes";

const percentOf = (value: number): string => percent(String(value));

/** The newest hour at a glance. */
export function Overview() {
  const message = useLiveMessage();
  if (message === null) return <Loading height={480} />;
  if (message.windows.length === 0) {
    return <Panel title="No event has come in yet">Post one to /api/v1/events, or let `rtl simulate` send some.</Panel>;
  }
  return <Hour message={message} />;
}

function Hour({ message }: { message: LiveMessage }) {
  const navigate = useNavigate();
  const pick = (start: string): void => void navigate(`/explain/${encodeURIComponent(start)}`);
  const currencies = [...new Set(message.revenue.map((row) => row.currency))].sort();
  return (
    <Stack spacing={2}>
      <Typography variant="h1">The newest hour</Typography>
      <LedgerBadge ledger={message.ledger} />
      <Figures message={message} />
      <Box sx={{ display: "grid", gap: 2, gridTemplateColumns: "repeat(auto-fit, minmax(min(100%, 26rem), 1fr))" }}>
        <Panel title="Events by minute">
          <MinuteChart points={eventsByMinute(message)} name="Events" color="events" format={count} onPick={pick} />
        </Panel>
        <Panel title="Conversion by minute">
          <MinuteChart points={rateByMinute(message)} name="Conversion" color="rate" format={percentOf} onPick={pick} />
        </Panel>
        {currencies.map((currency) => (
          <Panel key={currency} title={`Net revenue by minute, ${currency}`}>
            <MinuteChart
              points={netByMinute(message, currency)}
              name="Net"
              color="money"
              format={(value) => money(String(value), currency)}
              onPick={pick}
            />
          </Panel>
        ))}
      </Box>
      <Corrections windows={message.windows} />
      <Typography variant="body2" color="text.secondary">
        A dashed line may still change. Click a minute to see what it is made of.
      </Typography>
    </Stack>
  );
}
