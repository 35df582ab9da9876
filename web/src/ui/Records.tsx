import { TableCell, TableRow, Typography } from "@mui/material";

import { mono } from "../app/theme";
import { Rows } from "./Rows";

interface Props {
  columns: string[];
  data: Record<string, unknown>[];
}

/** Rows of any table, each value as the API gives it; what is null says so. */
export function Records({ columns, data }: Props) {
  return (
    <Rows tall head={columns}>
      {data.map((row, index) => (
        <TableRow key={index}>
          {columns.map((column) => (
            <TableCell key={column} sx={{ ...mono, whiteSpace: "nowrap", maxWidth: 320, overflow: "hidden" }}>
              {spelled(row[column])}
            </TableCell>
          ))}
        </TableRow>
      ))}
    </Rows>
  );
}

function spelled(value: unknown) {
  if (value === null || value === undefined) {
    return (
      <Typography component="span" variant="body2" color="text.secondary">
        null
      </Typography>
    );
  }
  return typeof value === "string" ? value : JSON.stringify(value);
}
