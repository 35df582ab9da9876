import { TableCell, TableRow, Typography } from "@mui/material";

import { mono } from "../app/theme";
import { Rows } from "../ui/Rows";
import { count, NOTHING } from "../view/format";
import type { JobStep } from "./reads";

/** What the steps of a job did or would do, one a row. nothing: said where they would do nothing. */
export function Steps({ steps, nothing }: { steps: JobStep[]; nothing: string }) {
  if (steps.length === 0) return <Typography variant="body2">{nothing}</Typography>;
  return (
    <Rows tall head={["Of", "Step", "What"]}>
      {steps.map((step, place) => (
        <TableRow key={place}>
          <TableCell component="th" scope="row" sx={{ ...mono, whiteSpace: "nowrap" }}>
            {step.table ?? (step.check == null ? "the lake" : `promise ${count(place + 1)}`)}
          </TableCell>
          <TableCell sx={{ whiteSpace: "nowrap" }}>{step.action ?? step.check ?? NOTHING}</TableCell>
          <TableCell sx={{ minWidth: 240, overflowWrap: "anywhere" }}>{step.detail ?? foundBy(step)}</TableCell>
        </TableRow>
      ))}
    </Rows>
  );
}

function foundBy({ promise, examined, differences, holds }: JobStep): string {
  const found = `${count(examined ?? 0)} examined, ${count(differences ?? 0)} broke it`;
  return `${holds === true ? "holds" : "BROKEN"}: ${promise ?? ""} (${found})`;
}
