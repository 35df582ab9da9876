import { Chip, Stack, TableCell, TableRow, Typography } from "@mui/material";
import { useQuery } from "@tanstack/react-query";

import { api, unwrap } from "../../api/client";
import { useView } from "../../app/view";
import { useRenewal } from "../../live/renewal";
import { Found } from "../../ui/Found";
import { Panel } from "../../ui/Panel";
import { Rows } from "../../ui/Rows";
import { count, moment, NOTHING, percent } from "../../view/format";
import { changesOf, type Revision } from "./changes";

// Each batch that brought events of the minute is one; of more than this the first are told.
const MOST_PAGES = 10;

/** The values that the minute had, and what changed each into the next. */
export function Revisions({ start }: { start: string }) {
  const revisions = useRevisions(start);
  return (
    <Panel title="Each value it had, and why it changed" anchor="changes">
      <Found query={revisions} height={120}>
        {({ known, cut }) => (
          <Stack spacing={1.5}>
            <Rows head={["Since", "Why", "Events added", "Events", "Purchases", "Conversion", "Of silver.events"]}>
              {changesOf(known).map(({ revision, why, added, corrects }) => (
                <TableRow key={revision.batch}>
                  <TableCell sx={{ whiteSpace: "nowrap" }}>{moment(revision.committed_at)}</TableCell>
                  <TableCell sx={{ minWidth: 140 }}>
                    {why} {corrects && <Chip size="small" variant="outlined" color="warning" label="corrected" />}
                  </TableCell>
                  <TableCell>+{count(added)}</TableCell>
                  <TableCell>{revision.values === null ? NOTHING : count(revision.values.events)}</TableCell>
                  <TableCell>{revision.values === null ? NOTHING : count(revision.values.purchases)}</TableCell>
                  <TableCell>{percent(revision.values?.conversion_rate ?? null)}</TableCell>
                  <TableCell>version {revision.silver_version}</TableCell>
                </TableRow>
              ))}
            </Rows>
            {cut && (
              <Typography variant="body2" color="text.secondary">
                These are the first {count(known.length)} values; the API tells them all.
              </Typography>
            )}
          </Stack>
        )}
      </Found>
    </Panel>
  );
}

function useRevisions(start: string) {
  const { asOf } = useView();
  const { refetchInterval } = useRenewal();
  return useQuery({
    queryKey: ["revisions", start, asOf],
    refetchInterval,
    queryFn: async () => {
      const known: Revision[] = [];
      let cursor: string | null = null;
      for (let page = 0; page < MOST_PAGES; page += 1) {
        const params = { path: { start }, query: { as_of: asOf, cursor } };
        const found: { data: Revision[]; next_cursor: string | null } = await unwrap(
          api.GET("/api/v1/windows/{start}/revisions", { params }),
        );
        known.push(...found.data);
        cursor = found.next_cursor;
        if (cursor === null) break;
      }
      return { known, cut: cursor !== null };
    },
  });
}
