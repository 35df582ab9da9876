import { Stack, TableCell, TableRow, ToggleButton, ToggleButtonGroup, Typography } from "@mui/material";
import { useQuery } from "@tanstack/react-query";

import { api, unwrap, type Schemas } from "../../api/client";
import { useView } from "../../app/view";
import { Found } from "../../ui/Found";
import { Panel } from "../../ui/Panel";
import { Rows } from "../../ui/Rows";
import { count, many, NOTHING } from "../../view/format";

type Anomaly = Schemas["Anomaly"];
type Watched = Schemas["Watched"];

const MINUTE_MS = 60_000;

/** What of the minute is unlike the days before, and which parts of the figure moved. */
export function Causes({ start }: { start: string }) {
  const { asOf, filter, set } = useView();
  const query = { from: start, to: new Date(Date.parse(start) + MINUTE_MS).toISOString(), as_of: asOf };
  const anomalies = useQuery({
    queryKey: ["anomalies of", start, asOf],
    queryFn: async () => (await unwrap(api.GET("/api/v1/anomalies", { params: { query } }))).data,
  });
  return (
    <Panel title="What is unlike the days before, and what moved" anchor="causes">
      <Found query={anomalies} height={120}>
        {(found) => {
          const chosen = found.find((each) => nameOf(each) === nameIn(filter)) ?? found[0];
          if (chosen === undefined) return "No figure of this minute is unlike the days before.";
          return (
            <Stack spacing={1.5}>
              <ToggleButtonGroup
                size="small"
                exclusive
                aria-label="Figure"
                value={nameOf(chosen)}
                onChange={(_, name: string | null) => {
                  const next = found.find((each) => nameOf(each) === name);
                  if (next) set({ metric: next.metric, currency: next.currency });
                }}
                sx={{ flexWrap: "wrap" }}
              >
                {found.map((each) => (
                  <ToggleButton key={nameOf(each)} value={nameOf(each)} sx={{ textTransform: "none", py: 0.25 }}>
                    {nameOf(each)}
                  </ToggleButton>
                ))}
              </ToggleButtonGroup>
              <Typography variant="body2">{chosen.reason}</Typography>
              <Moved start={start} metric={chosen.metric} currency={chosen.currency} />
            </Stack>
          );
        }}
      </Found>
    </Panel>
  );
}

function nameOf({ metric, currency }: Pick<Anomaly, "metric" | "currency">): string {
  return currency === null ? metric : `${metric} ${currency}`;
}

function nameIn(filter: (name: string) => string | null): string {
  return [filter("metric"), filter("currency")].filter((part) => part !== null).join(" ");
}

function Moved({ start, metric, currency }: { start: string; metric: Watched; currency: string | null }) {
  const { asOf } = useView();
  const causes = useQuery({
    queryKey: ["causes", metric, currency, start, asOf],
    queryFn: () => {
      const query = { metric, currency, at: start, limit: 10, as_of: asOf };
      return unwrap(api.GET("/api/v1/anomalies/causes", { params: { query } }));
    },
  });
  return (
    <Found query={causes} height={160}>
      {({ days, now, usual, data }) =>
        days === 0 ? (
          <Typography variant="body2">No day before is known at these minutes, so nothing can be compared.</Typography>
        ) : (
          <>
            <Typography variant="body2" color="text.secondary">
              {figure(now)} in these minutes; {figure(usual)} in the same minutes of {many(days, "day")} before. What
              moved furthest comes first; countries, devices and the rest tell the same events apart in their own way.
            </Typography>
            <Rows tall head={["Part", "Now", "Usually", "Moved by"]}>
              {data.map((part) => (
                <TableRow key={`${part.dimension} ${part.value}`}>
                  <TableCell component="th" scope="row" sx={{ overflowWrap: "anywhere" }}>
                    {part.dimension} {part.value}
                  </TableCell>
                  <TableCell>{figure(part.now)}</TableCell>
                  <TableCell>{figure(part.usual)}</TableCell>
                  <TableCell sx={{ whiteSpace: "nowrap" }}>
                    {part.change > 0 ? "▲ +" : part.change < 0 ? "▼ " : ""}
                    {figure(part.change)}
                  </TableCell>
                </TableRow>
              ))}
            </Rows>
          </>
        )
      }
    </Found>
  );
}

/** A figure in few places: it is a mean of days. */
function figure(value: number | null): string {
  return value === null ? NOTHING : count(Number(value.toPrecision(4)));
}
