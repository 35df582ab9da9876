import { Box, Stack, Typography } from "@mui/material";

import { chartColor, type ChartColor } from "../../app/theme";
import { bothClocks, count } from "../../view/format";
import type { Entry } from "./reads";

/** The commits of each table as marks along one line of time, in the order in which events pass the tables. */
export function Lanes({ entries, tables }: { entries: Entry[]; tables: string[] }) {
  const times = entries.map((entry) => Date.parse(entry.committed_at));
  const [first, last] = [Math.min(...times), Math.max(...times)];
  const place = (entry: Entry): number =>
    last === first ? 0.5 : (Date.parse(entry.committed_at) - first) / (last - first);
  return (
    <Box>
      <Stack spacing={0.5} role="img" aria-label={`${count(entries.length)} commits; the list below names each`}>
        {tables.map((table) => (
          <Box
            key={table}
            sx={{ display: "grid", gridTemplateColumns: { xs: "1fr", sm: "10rem 1fr" }, alignItems: "center" }}
          >
            <Typography variant="body2" noWrap>
              {table}
            </Typography>
            <Box
              component="svg"
              viewBox="0 0 1000 12"
              preserveAspectRatio="none"
              sx={{ width: "100%", height: 14, bgcolor: "chart.grid", borderRadius: 0.5, display: "block" }}
            >
              {entries
                .filter((entry) => entry.table === table)
                .map((entry) => (
                  <Box
                    component="line"
                    key={entry.version}
                    x1={4 + place(entry) * 992}
                    x2={4 + place(entry) * 992}
                    y1={1}
                    y2={11}
                    strokeWidth={2}
                    vectorEffect="non-scaling-stroke"
                    stroke={chartColor(entry.changes_rows ? "events" : "late")}
                  />
                ))}
            </Box>
          </Box>
        ))}
      </Stack>
      <Stack direction="row" sx={{ justifyContent: "space-between", pl: { sm: "10rem" }, mt: 0.5, gap: 2 }}>
        <Typography variant="body2" color="text.secondary">
          {bothClocks(new Date(first).toISOString())}
        </Typography>
        <Typography variant="body2" color="text.secondary" sx={{ textAlign: "right" }}>
          {bothClocks(new Date(last).toISOString())}
        </Typography>
      </Stack>
    </Box>
  );
}

/** A mark's colour, beside what it means. */
export function Swatch({ color }: { color: ChartColor }) {
  return (
    <Box
      component="span"
      sx={{
        display: "inline-block",
        width: 3,
        height: 12,
        ml: 1,
        mr: 0.5,
        bgcolor: chartColor(color),
        forcedColorAdjust: "none",
        verticalAlign: "-1px",
      }}
    />
  );
}
