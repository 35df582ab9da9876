import { Alert, Box, Button, Stack, Typography } from "@mui/material";

import { columns, mono } from "../../app/theme";
import { useView } from "../../app/view";
import { factsOf } from "../../charts/facts";
import { Found } from "../../ui/Found";
import { Failed, Panel } from "../../ui/Panel";
import { ViewLink } from "../../ui/ViewLink";
import { count, dayAndMinute, many } from "../../view/format";
import { Charts } from "./Charts";
import { told, type Filter, type Metric } from "./choice";
import { Figures } from "./Figures";
import { useFigures, useFile, type Answer as Rows, type Question } from "./reads";

interface Props {
  metric: Metric;
  by: string | null;
  filters: Filter[];
  question: Question;
}

/** The figures that were asked for: drawn, as a table, as a file, and the statement behind them. */
export function Answer({ metric, by, filters, question }: Props) {
  const figures = useFigures(question);
  return (
    <Found query={figures} height={480}>
      {(found) => (
        <>
          <Picture metric={metric} by={by} filters={filters} question={question} found={found} />
          <Box sx={columns}>
            <Panel title="Figures">
              {found.rows.length === 0 ? (
                "No event of this range is so."
              ) : (
                <Stack spacing={1.5} sx={{ alignItems: "start", "& > *": { maxWidth: "100%" } }}>
                  <Figures metric={metric} question={question} rows={found.rows} />
                  <Download question={question} />
                </Stack>
              )}
            </Panel>
            <Statement sql={found.sql} />
          </Box>
        </>
      )}
    </Found>
  );
}

function Picture({ found, ...asked }: Props & { found: Rows }) {
  const { asOf } = useView();
  if (found.rows.length === 0) return null;
  if (found.cut) {
    return (
      <Alert severity="info" variant="outlined">
        These are more than {count(found.rows.length)} rows, too many to draw: choose longer steps, a shorter range or a
        filter. The file has them all.
      </Alert>
    );
  }
  const facts = [
    ...factsOf({ from: found.start, to: found.end, asOf: asOf ?? found.at, versions: found.versions }),
    ...asked.filters.map((filter) => `Only where ${told(filter)}`),
  ];
  return (
    <>
      <Charts {...asked} found={found} facts={facts} />
      <Typography variant="body2" color="text.secondary">
        Events that happened from {dayAndMinute(found.start)} to {dayAndMinute(found.end)} UTC;{" "}
        {many(found.rows.length, "row")}, of {found.versions.replaceAll(",", ", ")}.
      </Typography>
    </>
  );
}

function Download({ question }: { question: Question }) {
  const file = useFile();
  return (
    <>
      <Button size="small" variant="outlined" loading={file.isPending} onClick={() => file.mutate(question)}>
        Download CSV
      </Button>
      {file.error && <Failed error={file.error} />}
      {file.data?.cut && (
        <Alert severity="warning" variant="outlined">
          The file holds the first 100,000 rows; the API gives them all.
        </Alert>
      )}
    </>
  );
}

function Statement({ sql }: { sql: string }) {
  return (
    <Panel title="The SQL behind it">
      <Stack spacing={1.5}>
        <Box
          component="pre"
          tabIndex={0}
          role="region"
          aria-label="Statement"
          sx={{ ...mono, m: 0, maxHeight: 480, overflow: "auto" }}
        >
          {sql}
        </Box>
        <ViewLink to="/query" filters={{ sql }} variant="body2">
          Open in Query
        </ViewLink>
      </Stack>
    </Panel>
  );
}
