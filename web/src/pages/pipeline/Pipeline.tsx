import { Alert, Stack, Typography } from "@mui/material";
import { Route, Routes } from "react-router";

import { useView } from "../../app/view";
import { Found } from "../../ui/Found";
import { PartTabs } from "../../ui/PartTabs";
import { Batches } from "./Batches";
import { Flow } from "./Flow";
import { LatencyPanel } from "./LatencyPanel";
import { Lineage } from "./lineage/Lineage";
import { useLatency, usePipeline } from "./reads";
import { Standing } from "./Standing";

/** How records become figures: as it runs now, and what is made of what. */
export function Pipeline() {
  return (
    <Stack spacing={2}>
      <Typography variant="h1">Pipeline</Typography>
      <PartTabs
        parts={[
          ["/pipeline", "As it runs"],
          ["/pipeline/lineage", "Lineage"],
        ]}
      />
      <Routes>
        <Route index element={<Running />} />
        <Route path="lineage" element={<Lineage />} />
      </Routes>
    </Stack>
  );
}

function Running() {
  const pipeline = usePipeline();
  const latency = useLatency();
  const { asOf } = useView();
  return (
    <>
      {asOf === null ? (
        <Found query={pipeline} height={320}>
          {(now) => (
            <>
              <Standing now={now} />
              <Flow now={now} latency={latency.data} />
            </>
          )}
        </Found>
      ) : (
        <Alert severity="info" variant="outlined">
          Whether the engine runs is known of the present only. Batches and times below are those known then.
        </Alert>
      )}
      <LatencyPanel latency={latency} />
      <Batches />
    </>
  );
}
