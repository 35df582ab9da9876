import { Button, Chip, Stack, TableCell, TableRow, Typography } from "@mui/material";

import type { Schemas } from "../../../api/client";
import { mono } from "../../../app/theme";
import { useView } from "../../../app/view";
import { Found } from "../../../ui/Found";
import { Failed, Panel } from "../../../ui/Panel";
import { Rows } from "../../../ui/Rows";
import { ViewLink } from "../../../ui/ViewLink";
import { count, many } from "../../../view/format";
import { OverTime } from "./OverTime";
import { PARTS, useResults, useResultsOverTime } from "./reads";
import { ranked, recordOf } from "./results";

type Result = Schemas["QualityResult"];

/** What is expected of the data, and whether it holds; what failed first. */
export function Results() {
  const { filter, set } = useView();
  const shown = filter("over") === "time";
  const all = filter("expectations") === "all";
  const results = useResults();
  return (
    <Panel title="What is expected of the data">
      <Found query={results} height={420}>
        {({ start, end, broken, data }) => (
          <Stack spacing={1.5}>
            <Typography variant="body2" color="text.secondary">
              {many(data.length, "expectation")},{" "}
              {broken === 0 ? "all of which hold" : `${count(broken)} of which do not hold`}.
            </Typography>
            <Stack direction="row" sx={{ flexWrap: "wrap", gap: 1 }}>
              <Button size="small" variant="outlined" onClick={() => set({ expectations: all ? null : "all" })}>
                {all ? "Only those with failures" : "Show all"}
              </Button>
              <Button size="small" variant="outlined" onClick={() => set({ over: shown ? null : "time" })}>
                {shown ? "As a whole" : "Over time"}
              </Button>
            </Stack>
            <Listed rows={ranked(data, all)} span={shown ? { start, end } : null} />
          </Stack>
        )}
      </Found>
    </Panel>
  );
}

interface ListedProps {
  rows: Result[];
  /** What is told part by part; null where it is not. */
  span: { start: string; end: string } | null;
}

function Listed({ rows, span }: ListedProps) {
  const parts = useResultsOverTime(span);
  const failed = parts.find(({ error }) => error !== null);
  if (rows.length === 0) return <Typography>Nothing failed in this range.</Typography>;
  return (
    <>
      {failed && <Failed error={failed.error} />}
      <Rows
        tall
        head={[
          "Expectation",
          "Holds",
          "Failed",
          span ? `In ${PARTS} parts of the range` : "For example",
          "What must hold",
        ]}
      >
        {rows.map((row) => (
          <TableRow key={row.name}>
            <TableCell component="th" scope="row" sx={{ ...mono, whiteSpace: "nowrap" }}>
              {row.name}
            </TableCell>
            <TableCell>
              <Chip
                size="small"
                variant="outlined"
                color={row.holds ? "success" : "error"}
                label={row.holds ? "holds" : "broken"}
              />
            </TableCell>
            <TableCell sx={{ whiteSpace: "nowrap" }}>
              {count(row.failed)} of {count(row.examined)}
            </TableCell>
            <TableCell>
              {span ? <OverTime name={row.name} parts={parts.map(({ data }) => data)} /> : <Example row={row} />}
            </TableCell>
            <TableCell sx={{ minWidth: 240 }}>{row.rule}</TableCell>
          </TableRow>
        ))}
      </Rows>
    </>
  );
}

function Example({ row }: { row: Result }) {
  const [first] = row.sample;
  if (first === undefined) return null;
  const record = row.kind === "contract" ? recordOf(first) : null;
  if (record !== null)
    return (
      <ViewLink to="/quality" filters={{ record }}>
        {record}
      </ViewLink>
    );
  return (
    <Typography component="span" sx={{ ...mono, overflowWrap: "anywhere" }}>
      {Object.values(first).map(String).join(" ")}
    </Typography>
  );
}
