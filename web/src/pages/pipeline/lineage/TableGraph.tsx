import { Box, ButtonBase, Typography } from "@mui/material";

import { mono } from "../../../app/theme";
import { CARD, drawn } from "./layout";
import type { TableLineage } from "./reads";

interface Props {
  lineage: TableLineage;
  chosen: string | null;
  onChoose: (table: string) => void;
}

/** The tables and what is computed from what; lines of the chosen one stand out. */
export function TableGraph({ lineage, chosen, onChoose }: Props) {
  const { places, lines, width, height } = drawn(lineage);
  return (
    <Box sx={{ overflowX: "auto", py: 0.5 }} tabIndex={0} role="group" aria-label="Tables, by layer">
      <Box sx={{ position: "relative", width, height, mx: "auto" }}>
        <Box
          component="svg"
          aria-hidden
          sx={{ position: "absolute", inset: 0, overflow: "visible" }}
          width={width}
          height={height}
        >
          {[...lines]
            .sort((a, b) => Number(touches(a, chosen)) - Number(touches(b, chosen)))
            .map((line) => {
              const strong = touches(line, chosen);
              return (
                <path
                  key={`${line.source} ${line.target}`}
                  d={line.path}
                  fill="none"
                  stroke={`var(--mui-palette-${strong ? "primary-main" : "text-secondary"})`}
                  strokeOpacity={strong ? 1 : 0.45}
                  strokeWidth={strong ? 2.5 : 1.5}
                />
              );
            })}
        </Box>
        {places.map(({ name, grain, x, y }) => (
          <ButtonBase
            key={name}
            aria-pressed={name === chosen}
            onClick={() => onChoose(name)}
            sx={{
              position: "absolute",
              left: x,
              top: y,
              ...CARD,
              display: "block",
              textAlign: "left",
              px: 1.5,
              bgcolor: "background.paper",
              border: name === chosen ? 2 : 1,
              borderColor: name === chosen ? "primary.main" : "divider",
              borderRadius: 1,
              "&.Mui-focusVisible": { outline: 2, outlineColor: "primary.main", outlineOffset: 2 },
            }}
          >
            <Typography noWrap sx={mono}>
              {name}
            </Typography>
            <Typography noWrap variant="caption" color="text.secondary" component="span" sx={{ display: "block" }}>
              {grain}
            </Typography>
          </ButtonBase>
        ))}
      </Box>
    </Box>
  );
}

function touches({ source, target }: { source: string; target: string }, table: string | null): boolean {
  return table !== null && (source === table || target === table);
}
