import { Box, Table, TableBody, TableCell, TableHead, TableRow } from "@mui/material";
import type { ReactNode } from "react";

/** A table that scrolls sideways, by keyboard too, rather than make the page wider. */
export function Rows({ head, children }: { head: string[]; children: ReactNode }) {
  return (
    <Box sx={{ overflowX: "auto" }} tabIndex={0} role="group" aria-label={head.join(", ")}>
      <Table size="small">
        <TableHead>
          <TableRow>
            {head.map((name) => (
              <TableCell key={name}>{name}</TableCell>
            ))}
          </TableRow>
        </TableHead>
        <TableBody>{children}</TableBody>
      </Table>
    </Box>
  );
}
