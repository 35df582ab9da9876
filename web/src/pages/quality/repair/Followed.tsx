import { Alert, Box, Button, CircularProgress, Stack, TableCell, TableRow, Typography } from "@mui/material";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

import { mono } from "../../../app/theme";
import { useView } from "../../../app/view";
import { Found } from "../../../ui/Found";
import { Panel } from "../../../ui/Panel";
import { Rows } from "../../../ui/Rows";
import { ViewLink } from "../../../ui/ViewLink";
import { count, many, moment, NOTHING } from "../../../view/format";
import { FOLLOWED, useReceipts, useRepair, type Repair } from "./reads";
import { Undo } from "./Undo";

/** One repair, followed until its records are in gold, with what became of the first of them. */
export function Followed({ id }: { id: string }) {
  const { asOf, set } = useView();
  const repair = useRepair(id);
  useRenewedOnce(repair.data?.state === "done");
  return (
    <Panel title={`Repair ${id}`}>
      <Stack spacing={1.5}>
        <Found query={repair} height={120}>
          {(found) => (
            <>
              <Typography variant="body2">
                {found.kind === "readmit" ? "Re-admitted as they were" : "Repaired"}: {many(found.records, "record")},{" "}
                {moment(found.created_at)}, by {found.by}
                {found.why === "" ? "." : `: ${found.why}`}
              </Typography>
              <Patch repair={found} />
              {found.state === "pending" ? <Waiting /> : <Done repair={found} />}
              {found.state === "done" && asOf === null && <Undo repair={found} />}
            </>
          )}
        </Found>
        <Button size="small" sx={{ alignSelf: "start" }} onClick={() => set({ repair: null })}>
          Close
        </Button>
      </Stack>
    </Panel>
  );
}

/** Has what a repair changes be read anew as soon as it has. */
function useRenewedOnce(isDone: boolean): void {
  const queries = useQueryClient();
  useEffect(() => {
    if (!isDone) return;
    for (const name of ["quarantine", "quarantine summary", "repairs"]) {
      void queries.invalidateQueries({ queryKey: [name] });
    }
  }, [isDone, queries]);
}

function Patch({ repair: { patch, filter } }: { repair: Repair }) {
  return (
    <Box component="pre" sx={{ ...mono, m: 0, whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
      {patch === null ? "" : `patch  ${JSON.stringify(patch)}\n`}filter {JSON.stringify(filter)}
    </Box>
  );
}

function Waiting() {
  return (
    <Stack direction="row" spacing={1.5} sx={{ alignItems: "center" }} role="status">
      <CircularProgress size={18} aria-label="Waiting for the engine" />
      <Typography variant="body2">
        Stored durably; it waits for the engine's next batch. <ViewLink to="/pipeline">Does the engine run?</ViewLink>
      </Typography>
    </Stack>
  );
}

function Done({ repair }: { repair: Repair }) {
  const { accepted, duplicates, quarantined, late, records } = repair;
  const said = [accepted, duplicates, quarantined, late].map((number) => count(number ?? 0));
  return (
    <>
      <Alert severity={quarantined ? "warning" : "success"} variant="outlined" role="status">
        In gold: {said[0]} accepted ({said[3]} of them late), {said[1]} duplicates, {said[2]} rejected again.
      </Alert>
      <Receipts repair={repair} />
      {records > FOLLOWED && (
        <Typography variant="body2" color="text.secondary">
          The first {FOLLOWED} of {count(records)} records.
        </Typography>
      )}
    </>
  );
}

function Receipts({ repair }: { repair: Repair }) {
  const receipts = useReceipts(repair);
  return (
    <Rows head={["Record", "Fate", "Event", "Counts in minute"]}>
      {receipts.map(({ data, error }, position) => (
        <TableRow key={position}>
          <TableCell component="th" scope="row">
            repair {repair.id}/0/{position}
          </TableCell>
          <TableCell>{data === undefined ? (error?.message ?? "…") : (data.duplicate_of ?? data.fate)}</TableCell>
          <TableCell sx={mono}>{data?.event_id ?? NOTHING}</TableCell>
          <TableCell>
            {data?.window == null ? (
              NOTHING
            ) : (
              <ViewLink to={`/explain/${encodeURIComponent(data.window)}`}>{moment(data.window)}</ViewLink>
            )}
          </TableCell>
        </TableRow>
      ))}
    </Rows>
  );
}
