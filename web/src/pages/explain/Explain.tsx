import { Stack, TableCell, TableRow, Typography } from "@mui/material";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "react-router";

import { api, unwrap } from "../../api/client";
import { mono } from "../../app/theme";
import { useView } from "../../app/view";
import { Failed, Loading, Panel } from "../../ui/Panel";
import { Rows } from "../../ui/Rows";
import { bothClocks, NOTHING } from "../../view/format";
import { Causes } from "./Causes";

/** What one minute's figures are made of, down to the bytes received. */
export function Explain() {
  const { start = "" } = useParams();
  const { asOf } = useView();
  const path = { start };
  const explained = useQuery({
    queryKey: ["explain", start, asOf],
    queryFn: () =>
      unwrap(api.GET("/api/v1/windows/{start}/explain", { params: { path, query: { limit: 50, as_of: asOf } } })),
  });
  const revisions = useQuery({
    queryKey: ["revisions", start, asOf],
    queryFn: () => unwrap(api.GET("/api/v1/windows/{start}/revisions", { params: { path, query: { as_of: asOf } } })),
  });
  if (explained.error) return <Failed error={explained.error} />;
  if (explained.data === undefined) return <Loading height={480} />;
  const { formulas, events, versions } = explained.data;
  return (
    <Stack spacing={2}>
      <Typography variant="h1">Minute of {bothClocks(start)}</Typography>
      <Typography variant="body2" color="text.secondary">
        From{" "}
        {Object.entries(versions)
          .map(([name, version]) => `${name} v${version}`)
          .join(", ")}
      </Typography>
      <Panel title="Formulas">
        <Rows head={["Figure", "Value", "Formula", "Meaning"]}>
          {formulas.map((row) => (
            <TableRow key={row.measure}>
              <TableCell component="th">{row.measure}</TableCell>
              <TableCell>{row.value ?? NOTHING}</TableCell>
              <TableCell sx={mono}>{row.formula}</TableCell>
              <TableCell>{row.meaning}</TableCell>
            </TableRow>
          ))}
        </Rows>
      </Panel>
      <Causes start={start} />
      <Panel title="Each value it had, and why it changed">
        {revisions.error && <Failed error={revisions.error} />}
        <Rows head={["Committed", "Reason", "Events added", "Events then"]}>
          {(revisions.data?.data ?? []).map((row) => (
            <TableRow key={row.batch}>
              <TableCell>{bothClocks(row.committed_at)}</TableCell>
              <TableCell>{row.reason}</TableCell>
              <TableCell>{row.added_events}</TableCell>
              <TableCell>{row.values?.events ?? NOTHING}</TableCell>
            </TableRow>
          ))}
        </Rows>
      </Panel>
      <Panel title="The first 50 events, as they were received">
        <Rows head={["Coordinates", "Bytes"]}>
          {events.map((row) => (
            <TableRow key={`${row.source}/${row.topic}/${row.partition}/${row.position}`}>
              <TableCell
                sx={{ whiteSpace: "nowrap" }}
              >{`${row.source} ${row.topic}/${row.partition}/${row.position}`}</TableCell>
              <TableCell sx={{ ...mono, overflowWrap: "anywhere" }}>{row.raw}</TableCell>
            </TableRow>
          ))}
        </Rows>
      </Panel>
    </Stack>
  );
}
