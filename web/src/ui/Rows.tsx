import { Box, Table, TableBody, TableCell, TableHead, TableRow } from "@mui/material";
import type { ReactNode } from "react";

interface Props {
  head: string[];
  /** All columns but the first are numbers, on the right; or all between the first and the last, or the last one alone. */
  figures?: boolean | "inner" | "last";
  /** It may have many rows, and then scrolls under its head. */
  tall?: boolean;
  /** The last column has what can be done with a row, and stays in sight. */
  acts?: boolean;
  children: ReactNode;
}

/** A table. Scrolls sideways, by keyboard too, rather than make the page wider. */
export function Rows({ head, figures = false, tall = false, acts = false, children }: Props) {
  return (
    <Box
      sx={{ overflow: "auto", maxHeight: tall ? 480 : undefined }}
      tabIndex={0}
      role="group"
      aria-label={head.join(", ")}
    >
      <Table size="small" stickyHeader={tall} sx={acts ? LAST_IN_SIGHT : undefined}>
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

const LAST_IN_SIGHT = {
  "& :is(td, th):last-child": { position: "sticky", insetInlineEnd: 0, bgcolor: "background.paper" },
  // What it lies over on a phone goes on beneath it.
  "& td:last-child": { boxShadow: { xs: "-6px 0 6px -6px var(--mui-palette-text-secondary)", md: "none" } },
  // Above those of its column, and those of its row.
  "& th:last-child": { zIndex: 3 },
} as const;

function isFigure(figures: Props["figures"], column: number, last: number): boolean {
  if (figures === "last") return column === last;
  return figures === "inner" ? column > 0 && column < last : figures === true && column > 0;
}
