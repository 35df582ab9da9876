import { TableCell, TableRow, Typography } from "@mui/material";

import type { Schemas } from "../../api/client";
import { mono } from "../../app/theme";
import { Found } from "../../ui/Found";
import { Rows } from "../../ui/Rows";
import { count } from "../../view/format";
import { useDiff } from "./reads";
import { spelled } from "./spelled";

/** The rows that a version made different from the one before it. */
export function Changes({ name, version }: { name: string; version: number }) {
  const found = useDiff(name, version);
  return (
    <Found query={found} height={160}>
      {({ counts, data, from_version, next_cursor }) => (
        <>
          <Typography variant="body2" color="text.secondary">
            Against version {from_version}: {count(counts.added)} added, {count(counts.removed)} removed,{" "}
            {count(counts.changed)} changed{next_cursor !== null && `; the first ${count(data.length)} are shown`}.
          </Typography>
          {data.length > 0 && (
            <Rows tall head={["Change", "Row", "What it said, and says"]}>
              {data.map((row) => (
                <TableRow key={JSON.stringify(row.key) + row.change}>
                  <TableCell>{row.change}</TableCell>
                  <TableCell sx={{ ...mono, overflowWrap: "anywhere", minWidth: 180 }}>
                    {Object.values(row.key).map(spelled).join(" ")}
                  </TableCell>
                  <TableCell sx={{ ...mono, overflowWrap: "anywhere", minWidth: 240 }}>{told(row)}</TableCell>
                </TableRow>
              ))}
            </Rows>
          )}
        </>
      )}
    </Found>
  );
}

/** Of a changed row the values that differ, before and after; of another one all of it. */
export function told({ before, after }: Schemas["RowDiff"]): string {
  const names = Object.keys(after ?? before ?? {});
  const value = (name: string): string =>
    before && after ? `${spelled(before[name])} → ${spelled(after[name])}` : spelled((after ?? before)?.[name]);
  return names.map((name) => `${name} ${value(name)}`).join(", ");
}
