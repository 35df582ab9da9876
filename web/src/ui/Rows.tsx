import { Box, Table, TableBody, TableCell, TableHead, TableRow } from "@mui/material";
import type { ReactNode } from "react";

interface Props {
  head: string[];
  figures?: boolean | "inner" | "last";
  tall?: boolean;
  children: ReactNode;
}

/**
 * A table. figures: all columns but the first are numbers, on the right; or all between the first and the last, or the last one alone. tall: it may have many rows, and then scrolls under its head.
 * Scrolls sideways, by keyboard too, rather than make the page wider.
 */
export function Rows({ head, figures = false, tall = false, children }: Props) {
  return (
    <Box
      sx={{ overflow: "auto", maxHeight: tall ? 480 : undefined }}
      tabIndex={0}
      role="group"
      aria-label={head.join(", ")}
    >
      <Table size="small" stickyHeader={tall}>
        <TableHead>
          <TableRow>
            {head.map((name, column) => (
              <TableCell key={name} align={isFigure(figures, column, head.length - 1) ? "right" : "left"}>
                {name}
              </TableCell>
            ))}
          </TableRow>
        </TableHead>
        <TableBody>{children}</TableBody>
      </Table>
    </Box>
  );
}

function isFigure(figures: Props["figures"], column: number, last: number): boolean {
  if (figures === "last") return column === last;
  return figures === "inner" ? column > 0 && column < last : figures === true && column > 0;
}
