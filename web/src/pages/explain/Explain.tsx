import { Link, Stack, TableCell, TableRow, Typography } from "@mui/material";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "react-router";

import { api, unwrap, type Schemas } from "../../api/client";
import { mono } from "../../app/theme";
import { useView } from "../../app/view";
import { useRenewal } from "../../live/renewal";
import { Found } from "../../ui/Found";
import { Panel } from "../../ui/Panel";
import { Rows } from "../../ui/Rows";
import { Versions } from "../../ui/Versions";
import { ViewLink } from "../../ui/ViewLink";
import { count, dayAndMinute, NOTHING, percent } from "../../view/format";
import { Alike } from "./Alike";
import { Causes } from "./Causes";
import { InWords } from "./InWords";
import { Money } from "./Money";
import { Revisions } from "./Revisions";

const TWO_LINES = 140;

/** What one minute's figures are made of, down to the bytes received. */
export function Explain() {
  const { start = "" } = useParams();
  const { asOf } = useView();
  const { refetchInterval } = useRenewal();
  const path = { start };
  const explained = useQuery({
    queryKey: ["explain", start, asOf],
    refetchInterval,
    queryFn: () =>
      unwrap(api.GET("/api/v1/windows/{start}/explain", { params: { path, query: { limit: 50, as_of: asOf } } })),
  });
  return (
    <Stack spacing={2}>
      <Typography variant="h1">Minute of {dayAndMinute(start)} UTC</Typography>
      <Found query={explained} height={480}>
        {(found) => <Inside start={start} {...found} />}
      </Found>
      {explained.error && <ViewLink to="/">Back to the overview</ViewLink>}
    </Stack>
  );
}

function Inside({ start, formulas, events, versions }: Schemas["Explanation"] & { start: string }) {
  return (
    <>
      <Stack direction="row" component="nav" aria-label="On this page" sx={{ flexWrap: "wrap", columnGap: 2 }}>
        <Link href="#changes">Why it changed</Link>
        <Link href="#events">The events, byte for byte</Link>
        <Link href="#causes">What is unusual</Link>
      </Stack>
      <Versions versions={versions} />
      <Panel title="Formulas">
        <Rows head={["Figure", "Value", "Meaning", "Formula"]}>
          {formulas.map((row) => (
            <TableRow key={row.measure}>
              <TableCell component="th">{row.measure}</TableCell>
              <TableCell align="right">{valueOf(row)}</TableCell>
              <TableCell sx={{ minWidth: 200 }}>{row.meaning}</TableCell>
              <TableCell sx={{ ...mono, minWidth: 240 }}>
                <Spelled formula={row.formula} />
              </TableCell>
            </TableRow>
          ))}
        </Rows>
      </Panel>
      <Money start={start} />
      <Revisions start={start} />
      <Panel title="The first 50 events, as they were received" anchor="events">
        <Rows tall head={["Coordinates", "Bytes"]}>
          {events.map((row) => (
            <TableRow key={`${row.source}/${row.topic}/${row.partition}/${row.position}`}>
              <TableCell sx={{ minWidth: 120, overflowWrap: "anywhere" }}>
                {`${row.source} ${row.topic}/${row.partition}/${row.position}`}
              </TableCell>
              <TableCell sx={{ ...mono, minWidth: 240, overflowWrap: "anywhere" }}>
                {row.raw ?? row.raw_expired}
              </TableCell>
            </TableRow>
          ))}
        </Rows>
      </Panel>
      <Causes start={start} />
      <InWords start={start} />
      <Alike start={start} />
    </>
  );
}

/** The formula; one that is longer than two lines is there when it is asked for. */
function Spelled({ formula }: { formula: string }) {
  if (formula.length <= TWO_LINES) return formula;
  return (
    <details>
      <summary>the exact formula, with its rounding</summary>
      {formula}
    </details>
  );
}

/** A count, or a share as the cards tell it. */
function valueOf({ value }: Schemas["Formula"]): string {
  if (value === null) return NOTHING;
  return typeof value === "number" ? count(value) : percent(value);
}
