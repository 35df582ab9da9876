import { Box, Stack, Typography } from "@mui/material";
import { memo, useDeferredValue, useMemo } from "react";

import { useView } from "../../app/view";
import { factsOf } from "../../charts/facts";
import { Ledger } from "../../ledger/Ledger";
import { LedgerBadge } from "../../ledger/LedgerBadge";
import { useDrawnMessage, useLiveMessage } from "../../live/useLive";
import { Failed, Loading, Panel } from "../../ui/Panel";
import { RangeSelect } from "../../ui/RangeSelect";
import { ViewLink } from "../../ui/ViewLink";
import { columns } from "../../app/theme";
import { dayAndMinute } from "../../view/format";
import { Cards } from "./Cards";
import { Charts } from "./Charts";
import { Corrections } from "./Corrections";
import { FirstEvent } from "./FirstEvent";
import { Funnel } from "./Funnel";
import { ofAnswers, ofMessage } from "./minutes";
import { Products } from "./Products";
import { useOverTime } from "./reads";
import { SegmentTable } from "./SegmentTable";
import { useSpan, type Span } from "../../live/span";

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
      <Stack direction="row" spacing={2} sx={{ alignItems: "center", justifyContent: "space-between" }}>
        <Typography variant="h1">Overview</Typography>
        <RangeSelect />
      </Stack>
      <Typography variant="body2" color="text.secondary">
        Events that happened from {dayAndMinute(from)} to {dayAndMinute(to)} UTC
      </Typography>
    </>
  );
});

function Glance({ span }: { span: Span }) {
  const { asOf, range } = useView();
  const message = useDrawnMessage();
  // The feed tells the newest hour by minute.
  const fed = asOf === null && range === "1h" ? message : null;
  const { series, money: earned } = useOverTime(span, fed === null);
  // The same objects until there is news, so that nothing is drawn anew that is as it was.
  const newest = useMemo(() => {
    if (fed !== null) return ofMessage(fed);
    return series.data && earned.data ? ofAnswers(series.data, earned.data) : undefined;
  }, [fed, series.data, earned.data]);
  // Drawn in pieces, between the frames.
  const over = useDeferredValue(newest);
  const at = asOf ?? fed?.as_of ?? new Date(series.dataUpdatedAt).toISOString();
  const versions = fed?.versions ?? [series.data?.versions, earned.data?.versions].filter(Boolean).join(",");
  const facts = useMemo(() => factsOf({ ...span, asOf: at, versions }), [span, at, versions]);
  const failed = fed === null ? (series.error ?? earned.error) : null;
  return (
    <Stack spacing={2}>
      <Head from={span.from} to={span.to} />
      <Ledger />
      {failed ? (
        <Failed error={failed} />
      ) : over === undefined ? (
        <Loading height={400} />
      ) : (
        <>
          <Cards span={span} over={over} />
          <Charts over={over} facts={facts} span={span} />
        </>
      )}
      <Box sx={columns}>
        <Funnel span={span} />
        <Products span={span} />
        <SegmentTable span={span} />
        {fed !== null && <Corrections windows={fed.windows} />}
      </Box>
    </Stack>
  );
}
