import { Box, TableCell, TableRow, Typography } from "@mui/material";
import type { UseQueryResult } from "@tanstack/react-query";

import { chartColor } from "../../app/theme";
import { Found } from "../../ui/Found";
import { HowToStart } from "../../ui/HowToStart";
import { Panel } from "../../ui/Panel";
import { Rows } from "../../ui/Rows";
import { count, duration, many, NOTHING } from "../../view/format";
import type { Latency } from "./reads";

/** How long records took, from receipt to where they can be read, part by part. */
export function LatencyPanel({ latency }: { latency: UseQueryResult<Latency> }) {
  return (
    <Panel title="How long records take">
      <Found query={latency} height={210}>
        {(found) =>
          found.records === 0 ? <HowToStart said="No record has come through yet." /> : <Stages found={found} />
        }
      </Found>
    </Panel>
  );
}

function Stages({ found }: { found: Latency }) {
  const longest = Math.max(...found.stages.map(({ p99_us }) => p99_us ?? 0), 1);
  return (
    <>
      <Rows head={["From, to", "Half within", "90% within", "99% within", "Longest", "Half, 90%, 99%"]}>
        {found.stages.map((stage) => (
          <TableRow key={stage.stage}>
            <TableCell component="th" sx={{ whiteSpace: "nowrap" }}>
              {stage.stage}
            </TableCell>
            {[stage.p50_us, stage.p90_us, stage.p99_us, stage.max_us].map((us, column) => (
              <TableCell key={column} sx={{ whiteSpace: "nowrap" }}>
                {us === null ? NOTHING : duration(us / 1_000)}
              </TableCell>
            ))}
            <TableCell sx={{ width: "40%", minWidth: 120 }}>
              <Bar shares={[stage.p99_us, stage.p90_us, stage.p50_us].map((us) => (us ?? 0) / longest)} />
            </TableCell>
          </TableRow>
        ))}
      </Rows>
      <Typography variant="body2" color="text.secondary" sx={{ mt: 1 }}>
        Of {count(found.records)} {found.records === 1 ? "record" : "records"} in the newest{" "}
        {many(found.batches, "batch", "batches")}.
      </Typography>
    </>
  );
}

/** The longest first, each over the one before it. */
function Bar({ shares }: { shares: number[] }) {
  return (
    <Box aria-hidden sx={{ position: "relative", height: 10 }}>
      {shares.map((share, place) => (
        <Box
          key={place}
          sx={{
            position: "absolute",
            inset: "0 auto 0 0",
            width: `${share * 100}%`,
            minWidth: "2px",
            bgcolor: chartColor("events"),
            forcedColorAdjust: "none",
            opacity: [0.25, 0.5, 1][place],
            borderRadius: "2px",
          }}
        />
      ))}
    </Box>
  );
}
