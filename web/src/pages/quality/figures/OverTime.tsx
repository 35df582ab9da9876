import { Box, Stack, Tooltip } from "@mui/material";

import type { Schemas } from "../../../api/client";
import { count, dayAndMinute, percent } from "../../../view/format";

type Part = Schemas["ResultList"];

/** One expectation in each part of the range, the earliest first: its mark, and in words what was found. */
export function OverTime({ name, parts }: { name: string; parts: (Part | undefined)[] }) {
  return (
    <Stack direction="row" spacing={0.5}>
      {parts.map((part, place) => (
        <Mark key={place} part={part} name={name} />
      ))}
    </Stack>
  );
}

function Mark({ part, name }: { part: Part | undefined; name: string }) {
  const found = part?.data.find((row) => row.name === name);
  const words = part && found ? said(part, found) : "not known yet";
  const failed = found !== undefined && found.failed > 0;
  return (
    <Tooltip title={words}>
      <Box
        role="img"
        aria-label={words}
        tabIndex={0}
        sx={{
          ...{ minWidth: 44, px: 0.5, py: 0.25, borderRadius: 0.5, textAlign: "center", fontSize: "0.75rem" },
          ...{ border: 1, borderColor: color(found), color: failed ? color(found) : "text.secondary" },
        }}
      >
        {shown(found)}
      </Box>
    </Tooltip>
  );
}

function shown(found: Schemas["QualityResult"] | undefined): string {
  if (found === undefined) return "…";
  if (found.failed === 0) return found.examined === 0 ? "none" : "0%";
  return Number(found.share) < 0.001 ? "<0.1%" : percent(found.share);
}

function color(found: Schemas["QualityResult"] | undefined): string {
  if (found === undefined || found.failed === 0) return "divider";
  return found.holds ? "warning.main" : "error.main";
}

function said({ start, end }: Part, { failed, examined, holds }: Schemas["QualityResult"]): string {
  const found = `${count(failed)} of ${count(examined)} failed${holds ? "" : "; broken"}`;
  return `${dayAndMinute(start)} to ${dayAndMinute(end)} UTC: ${found}`;
}
