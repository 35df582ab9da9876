import { Box, TableCell, TableRow, Typography } from "@mui/material";

import type { Schemas } from "../../../api/client";
import { mono } from "../../../app/theme";
import { Rows } from "../../../ui/Rows";
import { count, many, NOTHING } from "../../../view/format";
import { keyOf, told } from "./difference";
import type { Outcome } from "./reads";

const FATES = { accepted: "accepted", duplicate: "a duplicate", quarantined: "stays" } as const;

/** What a patch does to records, and what that does to gold. */
export function WouldHappen({ outcome }: { outcome: Outcome }) {
  const { reasons, samples, effect } = outcome;
  return (
    <>
      {reasons.length > 0 && (
        <Typography variant="body2">
          Rules that are broken still:{" "}
          {reasons.map(({ reason, records }) => `${reason} (${count(records)})`).join(", ")}.
        </Typography>
      )}
      {samples.length > 0 && <Samples samples={samples} />}
      {effect && effect.tables.length > 0 && <Effect effect={effect} />}
    </>
  );
}

function Samples({ samples }: { samples: Schemas["Sample"][] }) {
  return (
    <Box>
      <Typography variant="h3" sx={{ mb: 0.5 }}>
        Some records, before and after
      </Typography>
      <Rows tall head={["Fate", "As received", "As it would be received"]}>
        {samples.map(({ id, fate, reasons, before, after }) => (
          <TableRow key={id}>
            <TableCell sx={{ verticalAlign: "top", minWidth: 110 }}>
              {FATES[fate]}
              {reasons.length > 0 && `: ${reasons.join(", ")}`}
            </TableCell>
            {[before, after].map((text, column) => (
              <TableCell key={column} sx={{ ...mono, verticalAlign: "top", minWidth: 260, overflowWrap: "anywhere" }}>
                {text ?? "cannot be patched"}
              </TableCell>
            ))}
          </TableRow>
        ))}
      </Rows>
    </Box>
  );
}

function Effect({ effect }: { effect: Schemas["Effect"] }) {
  return (
    <Box>
      <Typography variant="h3" sx={{ mb: 0.5 }}>
        What would change in gold: {many(effect.windows, "minute")}
      </Typography>
      <Rows tall head={["Table", "Row", "What it says, and would say"]}>
        {effect.tables.flatMap(({ table, rows, changes }) =>
          changes.map((change, place) => (
            <TableRow key={`${table} ${place}`}>
              <TableCell component="th" scope="row" sx={{ verticalAlign: "top" }}>
                {place === 0 ? table : ""}
                {place === 0 && rows > changes.length && ` (${count(changes.length)} of ${count(rows)} rows)`}
              </TableCell>
              <TableCell sx={{ ...mono, verticalAlign: "top", minWidth: 180 }}>
                {keyOf(change.after) || NOTHING}
              </TableCell>
              <TableCell sx={{ ...mono, minWidth: 260, overflowWrap: "anywhere" }}>{told(change)}</TableCell>
            </TableRow>
          )),
        )}
      </Rows>
    </Box>
  );
}
