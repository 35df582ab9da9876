import { Stack, TableCell, TableRow, Typography } from "@mui/material";

import { Found } from "../../ui/Found";
import { Further } from "../../ui/Further";
import { HowToStart } from "../../ui/HowToStart";
import { Panel } from "../../ui/Panel";
import { Rows } from "../../ui/Rows";
import { count, duration, moment, NOTHING } from "../../view/format";
import { BatchChart } from "./BatchChart";
import { useBatches, type Batch } from "./reads";

const HEAD = ["Batch", "Complete", "Records", "Accepted", "Duplicates", "Quarantined", "Late", "Took"];

/** What each batch held, and how long it took. */
export function Batches() {
  const batches = useBatches();
  return (
    <Panel title="Batches">
      <Found query={batches} height={480}>
        {(found) =>
          found.length === 0 ? (
            <HowToStart said="No batch was done yet." />
          ) : (
            <Stack spacing={1.5} sx={{ alignItems: "start" }}>
              <BatchChart batches={found.slice(0, 50)} />
              <List found={found} />
              <Further query={batches} name="Earlier batches" />
            </Stack>
          )
        }
      </Found>
    </Panel>
  );
}

function List({ found }: { found: Batch[] }) {
  return (
    <Stack sx={{ width: "100%" }} spacing={1}>
      <Rows head={HEAD} figures tall>
        {found.map((batch) => (
          <TableRow key={batch.batch}>
            <TableCell component="th">{batch.batch}</TableCell>
            <TableCell align="right" sx={{ whiteSpace: "nowrap" }}>
              {moment(batch.committed_at)}
            </TableCell>
            {[batch.received, batch.accepted, batch.duplicates, batch.quarantined, batch.late].map((figure, column) => (
              <TableCell key={column} align="right">
                {count(figure)}
              </TableCell>
            ))}
            <TableCell align="right" sx={{ whiteSpace: "nowrap" }}>
              {took(batch)}
            </TableCell>
          </TableRow>
        ))}
      </Rows>
      <Typography variant="body2" color="text.secondary">
        A batch is called by the version of bronze that it went up to.
      </Typography>
    </Stack>
  );
}

/** The work of all its stages; the log keeps that for a while only. */
function took({ timing }: Batch): string {
  if (timing === null) return NOTHING;
  return duration(Object.values(timing.took_us).reduce((sum, us) => sum + us, 0) / 1_000);
}
