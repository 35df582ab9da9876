import { Stack, Typography } from "@mui/material";
import { useQuery } from "@tanstack/react-query";

import { api, unwrap, type Schemas } from "../../api/client";
import { useView } from "../../app/view";
import { Found } from "../../ui/Found";
import { Panel } from "../../ui/Panel";
import { Versions } from "../../ui/Versions";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** What the hour up to this minute shows, in sentences: against the hour before, where it was high and low, and what moved. */
export function InWords({ start }: { start: string }) {
  const { asOf, filter } = useView();
  const end = Date.parse(start) + MINUTE_MS;
  const query: Schemas["MetricsQuery"] = {
    metrics: [filter("metric") ?? "events"],
    dimensions: [],
    filters: [],
    grain: "1m",
    order: [],
    from: new Date(end - HOUR_MS).toISOString(),
    to: new Date(end).toISOString(),
  };
  const told = useQuery({
    queryKey: ["in words", query, asOf],
    queryFn: () =>
      unwrap(api.POST("/api/v1/assistant/explain", { params: { query: { as_of: asOf } }, body: { query } })),
  });
  return (
    <Panel title="The hour up to it, in words">
      <Found query={told} height={120}>
        {({ sentences, versions }) => (
          <Stack spacing={1}>
            {sentences.map(({ text }) => (
              <Typography key={text} variant="body2" sx={{ overflowWrap: "anywhere" }}>
                {text}
              </Typography>
            ))}
            <Versions versions={versions} />
          </Stack>
        )}
      </Found>
    </Panel>
  );
}
