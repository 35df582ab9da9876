import { Chip, TableCell, TableRow, Typography } from "@mui/material";

import { Found } from "../../../ui/Found";
import { Panel } from "../../../ui/Panel";
import { Rows } from "../../../ui/Rows";
import { ViewLink } from "../../../ui/ViewLink";
import { duration, moment, NOTHING } from "../../../view/format";
import { useFreshness } from "./reads";

/** How old the newest thing is that each table tells of. */
export function Freshness() {
  const freshness = useFreshness();
  return (
    <Panel title="How fresh each table is">
      <Found query={freshness} height={360}>
        {({ judged_at, data }) => (
          <>
            <Rows head={["Table", "Fresh", "Newest", "Age", "Target", "Last written"]}>
              {data.map((row) => (
                <TableRow key={row.table}>
                  <TableCell component="th" scope="row" sx={{ whiteSpace: "nowrap" }}>
                    <ViewLink to={`/tables/${row.table}`}>{row.table}</ViewLink>
                  </TableCell>
                  <TableCell>
                    <Verdict fresh={row.fresh} />
                  </TableCell>
                  <TableCell sx={{ whiteSpace: "nowrap" }}>
                    {row.newest_at === null ? NOTHING : moment(row.newest_at)}
                  </TableCell>
                  <TableCell sx={{ whiteSpace: "nowrap" }}>
                    {row.delay_ms === null ? NOTHING : duration(row.delay_ms)}
                  </TableCell>
                  <TableCell sx={{ whiteSpace: "nowrap" }}>
                    {row.target_ms === null ? "none" : duration(row.target_ms)}
                  </TableCell>
                  <TableCell sx={{ whiteSpace: "nowrap" }}>
                    {row.written_at === null ? NOTHING : moment(row.written_at)}
                  </TableCell>
                </TableRow>
              ))}
            </Rows>
            <Typography variant="body2" color="text.secondary" sx={{ mt: 1 }}>
              As of {moment(judged_at)}. Where nothing happens, nothing is fresh.
            </Typography>
          </>
        )}
      </Found>
    </Panel>
  );
}

function Verdict({ fresh }: { fresh: boolean | null }) {
  if (fresh === null) return NOTHING;
  return (
    <Chip size="small" variant="outlined" color={fresh ? "success" : "warning"} label={fresh ? "fresh" : "behind"} />
  );
}
