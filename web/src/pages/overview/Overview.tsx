import { Box, Stack, Typography } from "@mui/material";
import { useNavigate } from "react-router";

import { RANGES, shared, useView } from "../../app/view";
import { MinuteChart } from "../../charts/MinuteChart";
import { LedgerBadge } from "../../ledger/LedgerBadge";
import { usePastLedger } from "../../ledger/reads";
import { useLiveMessage } from "../../live/useLive";
import { Failed, Loading, Panel } from "../../ui/Panel";
import { RangeSelect } from "../../ui/RangeSelect";
import { ViewLink } from "../../ui/ViewLink";
import { count, dayAndMinute, minute, money, percent } from "../../view/format";
import { Cards } from "./Cards";
import { Corrections } from "./Corrections";
import { FirstEvent } from "./FirstEvent";
import { ofAnswers, ofMessage, type OverTime } from "./minutes";
import { Products } from "./Products";
import { useOverTime } from "./reads";
import { SegmentTable } from "./SegmentTable";
import { useSpan, type Span } from "../../live/span";

/** The range at a glance. */
export function Overview() {
  const { span, error, pending } = useSpan();
  if (error) return <Failed error={error} />;
  if (pending) return <Loading height={480} />;
  if (span === null) {
    return (
      <Stack spacing={2}>
        <Typography variant="h1">Overview</Typography>
        <Nothing />
      </Stack>
    );
  }
  return <Glance span={span} />;
}

/** Before the first event, at any time: nothing has come in, or nothing that was accepted. */
function Nothing() {
  const { asOf } = useView();
  const ledger = useLiveMessage()?.ledger;
  if (asOf !== null) return <Panel title="No event was known then">Choose a later time, or go back to now.</Panel>;
  if (ledger === undefined || ledger.received === 0) return <FirstEvent />;
  return (
    <Panel title="No event was accepted yet">
      <LedgerBadge ledger={ledger} />
      <Typography variant="body2" sx={{ mt: 1.5 }}>
        <ViewLink to="/quality">See why the records were rejected.</ViewLink>
      </Typography>
    </Panel>
  );
}

function Glance({ span }: { span: Span }) {
  const { asOf, range } = useView();
  const message = useLiveMessage();
  const past = usePastLedger();
  const ledger = asOf === null ? message?.ledger : past.data;
  // The feed tells the newest hour by minute, within a tenth of a second of each commit.
  const fed = asOf === null && range === "1h" ? message : null;
  const { series, money: earned } = useOverTime(span, fed === null);
  const over =
    fed !== null ? ofMessage(fed) : series.data && earned.data ? ofAnswers(series.data, earned.data) : undefined;
  const failed = fed === null ? (series.error ?? earned.error) : null;
  return (
    <Stack spacing={2}>
      <Stack direction="row" spacing={2} sx={{ alignItems: "center", justifyContent: "space-between" }}>
        <Typography variant="h1">Overview</Typography>
        <RangeSelect />
      </Stack>
      <Typography variant="body2" color="text.secondary">
        Events that happened from {dayAndMinute(span.from)} to {dayAndMinute(span.to)} UTC
      </Typography>
      {ledger && <LedgerBadge ledger={ledger} />}
      {failed ? (
        <Failed error={failed} />
      ) : over === undefined ? (
        <Loading height={400} />
      ) : (
        <>
          <Cards span={span} over={over} />
          <Charts over={over} />
        </>
      )}
      <Box sx={COLUMNS}>
        <Products span={span} />
        <SegmentTable span={span} />
        {fed !== null && <Corrections windows={fed.windows} />}
      </Box>
    </Stack>
  );
}

const COLUMNS = { display: "grid", gap: 2, gridTemplateColumns: "repeat(auto-fit, minmax(min(100%, 26rem), 1fr))" };

const percentOf = (value: number): string => percent(String(value));

function Charts({ over }: { over: OverTime }) {
  const navigate = useNavigate();
  const { range, asOf } = useView();
  const minutely = RANGES[range].step === "1m";
  const search = shared(new URLSearchParams({ range, ...(asOf === null ? {} : { as_of: asOf }) }).toString());
  const pick = (start: string): void => void navigate({ pathname: `/explain/${encodeURIComponent(start)}`, search });
  const drawn = { onPick: minutely ? pick : undefined, tick: minutely ? minute : dayAndMinute };
  return (
    <>
      <Box sx={COLUMNS}>
        {Object.entries(over.net).map(([currency, points]) => (
          <Panel key={currency} title={`Net revenue over time, ${currency}`}>
            <MinuteChart
              points={points}
              name="Net"
              color="money"
              format={(value) => money(String(value), currency)}
              {...drawn}
            />
          </Panel>
        ))}
        <Panel title="Conversion over time">
          <MinuteChart points={over.conversion} name="Conversion" color="rate" format={percentOf} {...drawn} />
        </Panel>
        <Panel title="Events over time">
          <MinuteChart points={over.events} name="Events" color="events" format={count} {...drawn} />
        </Panel>
      </Box>
      <Typography variant="body2" color="text.secondary">
        A dashed line may still change.{minutely && " Click a minute to see what it is made of."}
      </Typography>
    </>
  );
}
