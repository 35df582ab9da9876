import { Box, Table, TableBody, TableCell, TableHead, TableRow } from "@mui/material";
import type { ReactNode } from "react";

interface Props {
  head: string[];
  figures?: boolean | "last";
  tall?: boolean;
  children: ReactNode;
}

/**
 * A table. figures: all columns but the first are numbers, on the right; or the last one alone is. tall: it may have many rows, and then scrolls under its head.
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
              <TableCell
                key={name}
                align={(figures === "last" ? column === head.length - 1 : figures && column > 0) ? "right" : "left"}
              >
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
