import { Box, Stack, TableCell, TableRow, Typography } from "@mui/material";

import type { Schemas } from "../../../api/client";
import { Found } from "../../../ui/Found";
import { Panel } from "../../../ui/Panel";
import { Rows } from "../../../ui/Rows";
import { dayAndMinute, moment, NOTHING, percent } from "../../../view/format";
import { useScore } from "./reads";

/** The score of the range, and why it is no higher. */
export function Score() {
  const score = useScore();
  return (
    <Panel title="How good the data is">
      <Found query={score} height={320}>
        {(found) => (
          <Stack spacing={1.5}>
            <Stack direction="row" sx={{ alignItems: "baseline", flexWrap: "wrap", columnGap: 2 }}>
              <Typography sx={{ fontSize: "2rem", fontWeight: 650 }}>{found.score ?? NOTHING}</Typography>
              <Typography variant="body2" color="text.secondary">
                of 100, for {dayAndMinute(found.start)} to {dayAndMinute(found.end)} UTC; freshness as of{" "}
                {moment(found.judged_at)}.
              </Typography>
            </Stack>
            <Parts parts={found.parts} />
          </Stack>
        )}
      </Found>
    </Panel>
  );
}

function Parts({ parts }: { parts: Schemas["QualityPart"][] }) {
  return (
    <Rows head={["Part", "Weight", "Share", "Costs", "Why"]}>
      {parts.map(({ name, weight, share, lost, why }) => (
        <TableRow key={name}>
          <TableCell component="th" scope="row">
            {name}
          </TableCell>
          <TableCell>{weight}</TableCell>
          <TableCell sx={{ whiteSpace: "nowrap" }}>{percent(share)}</TableCell>
          <TableCell sx={{ whiteSpace: "nowrap" }}>
            <Box component="span" sx={{ color: Number(lost) > 0 ? "warning.main" : "text.secondary" }}>
              {lost} points
            </Box>
          </TableCell>
          <TableCell sx={{ minWidth: 220 }}>{why}</TableCell>
        </TableRow>
      ))}
    </Rows>
  );
}
