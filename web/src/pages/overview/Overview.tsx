import { Box, Stack, Typography } from "@mui/material";
import { memo, useCallback, useDeferredValue, useEffect, useMemo, useRef, useState } from "react";

import { RANGES, useView } from "../../app/view";
import { factsOf } from "../../charts/facts";
import { Ledger } from "../../ledger/Ledger";
import { LedgerBadge } from "../../ledger/LedgerBadge";
import { RENEW_MS, SELDOM_MS } from "../../live/renewal";
import { useDrawnMessage, useLiveMessage } from "../../live/useLive";
import { Stale } from "../../ui/Found";
import { Failed, Loading, Panel } from "../../ui/Panel";
import { RangeSelect } from "../../ui/RangeSelect";
import { StepNote, StepSelect } from "../../ui/StepSelect";
import { ViewLink } from "../../ui/ViewLink";
import { columns } from "../../app/theme";
import { dayAndMinute } from "../../view/format";
import { Cards } from "./Cards";
import { Charts } from "./Charts";
import { Corrections } from "./Corrections";
import { FirstEvent } from "./FirstEvent";
import { Funnel } from "./Funnel";
import { columnsKept, joined, ofMessage } from "./minutes";
import { Products } from "./Products";
import { useOverTime } from "./reads";
import { SegmentTable } from "./SegmentTable";
import { useSpan, type Span } from "../../live/span";
import { useSpread } from "../../live/useSpread";

/** The range at a glance. */
export function Overview() {
  const { span, error, pending } = useSpan();
  if (error) {
    return (
      <Stack spacing={2}>
        <Typography variant="h1">Overview</Typography>
        <Failed error={error} />
      </Stack>
    );
  }
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
  if (asOf !== null) {
    return (
      <Panel title="No event was known then">
        <ViewLink to="/history">Time travel</ViewLink> says since when something is; or go back to now.
      </Panel>
    );
  }
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

/** Drawn anew with the range, rather than with each figure. */
const Head = memo(function Head({ from, to }: { from: string; to: string }) {
  return (
    <>
      <Stack direction="row" sx={{ flexWrap: "wrap", gap: 1.5, alignItems: "center", justifyContent: "space-between" }}>
        <Typography variant="h1">Overview</Typography>
        <Stack direction="row" sx={{ flexWrap: "wrap", gap: 1 }}>
          <StepSelect />
          <RangeSelect />
        </Stack>
      </Stack>
      <Typography variant="body2" color="text.secondary">
        Events that happened from {dayAndMinute(from)} to {dayAndMinute(to)} UTC
        <StepNote />
      </Typography>
    </>
  );
});

function Glance({ span }: { span: Span }) {
  const { asOf, range } = useView();
  const view = `${range} ${asOf}`;
  const [course, cards, charts] = [useSpread(span, view, 0), useSpread(span, view, 1), useSpread(span, view, 2)];
  const [funnel, products, segments] = [useSpread(span, view, 3), useSpread(span, view, 4), useSpread(span, view, 5)];
  const { newest, facts, windows, error, since } = useFigures(course);
  // Drawn in pieces, between the frames.
  const over = useDeferredValue(newest);
  return (
    <Stack spacing={2}>
      <Head from={span.from} to={span.to} />
      <Ledger />
      {over === undefined ? (
        error === null ? (
          <Loading height={400} />
        ) : (
          <Failed error={error} />
        )
      ) : (
        <>
          {error !== null && <Stale since={since} error={error} />}
          <Cards span={cards} over={over} />
          <Charts over={over} facts={facts} span={charts} />
        </>
      )}
      <Box sx={columns}>
        <Funnel span={funnel} />
        <Products span={products} />
        <SegmentTable span={segments} />
        {windows !== null && <Corrections windows={windows} />}
      </Box>
    </Stack>
  );
}

/** Figures over time: of minutes the feed tells the newest hour, and what is before it is asked for; of longer steps all is. */
function useFigures(span: Span) {
  const { asOf, range, step } = useView();
  const message = useDrawnMessage();
  const fed = asOf === null && step === "1m" ? message : null;
  const isFed = fed !== null && RANGES[range].minutes <= FED_MINUTES;
  // Late events alone change minutes that are before the newest hour.
  const answered = useOverTime(span, !isFed, fed === null ? RENEW_MS : SELDOM_MS);
  const [kept] = useState(columnsKept);
  const newest = useMemo(() => {
    if (isFed) return kept(ofMessage(fed));
    if (answered.data === undefined) return undefined;
    const { over } = answered.data;
    return kept(fed === null ? over : joined(over, ofMessage(fed), span.from));
  }, [kept, isFed, fed, answered.data, span.from]);
  const at = asOf ?? fed?.as_of ?? new Date(answered.dataUpdatedAt).toISOString();
  const versions = [isFed ? "" : answered.data?.versions, fed?.versions].filter(Boolean).join(",");
  // They change with each message; who draws a chart asks for them only when it is saved.
  const told = useRef({ ...span, asOf: at, versions });
  useEffect(() => {
    told.current = { ...span, asOf: at, versions };
  });
  const facts = useCallback(() => factsOf(told.current), []);
  return {
    newest,
    facts,
    windows: fed?.windows ?? null,
    error: isFed ? null : answered.error,
    since: answered.dataUpdatedAt,
  };
}

const FED_MINUTES = 60;
