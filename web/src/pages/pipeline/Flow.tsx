import { Box, Typography } from "@mui/material";
import { Fragment } from "react";

import { Panel } from "../../ui/Panel";
import { count, duration } from "../../view/format";
import { Arrow } from "./Arrow";
import type { Latency, Pipeline } from "./reads";
import { Station } from "./Station";

interface Props {
  now: Pipeline;
  /** How long records took of late; undefined while it is not known. */
  latency: Latency | undefined;
}

interface Stop {
  name: string;
  layer: string | null;
  facts: string[];
  /** The stage of the latency that leads from here to the next one. */
  onward: string | null;
}

/** The way of a record, left to right, or top to bottom where there is no room. */
export function Flow({ now, latency }: Props) {
  const moving = now.state === "running" && (now.input_per_s ?? 0) > 0;
  return (
    <Panel title="The flow">
      <Box sx={{ display: "flex", flexDirection: { xs: "column", lg: "row" }, alignItems: "stretch" }}>
        {stops(now).map(({ name, layer, facts, onward }) => (
          <Fragment key={name}>
            <Station name={name} facts={facts} tables={tablesOf(now, layer)} />
            {onward !== null && <Arrow label={middle(latency, onward)} moving={moving} />}
          </Fragment>
        ))}
      </Box>
      {latency !== undefined && latency.records > 0 && (
        <Typography variant="body2" color="text.secondary" sx={{ mt: 1 }}>
          Between layers: half of the newest records took no longer.
        </Typography>
      )}
    </Panel>
  );
}

function stops(now: Pipeline): Stop[] {
  const took = (stage: string): string => {
    const found = now.stages.find(({ name }) => name === stage);
    return found === undefined ? `${stage}: not run yet` : `${stage}: ${duration(found.seconds * 1_000)}`;
  };
  const input = now.input_per_s === null ? "no batch yet" : `${rate(now.input_per_s)} records/s came in`;
  const worked = now.processed_per_s === null ? [] : [`${rate(now.processed_per_s)} records/s of work`];
  const waiting = now.waiting_records === null ? [] : [`${count(now.waiting_records)} records waited`];
  const behind = now.behind_ms === 0 ? "Nothing waits to be shown" : `${duration(now.behind_ms)} behind`;
  return [
    { name: "Source", layer: null, facts: [input], onward: "received to bronze" },
    { name: "Bronze", layer: "bronze", facts: waiting, onward: "bronze to silver" },
    { name: "Silver", layer: "silver", facts: ["refine", "dedupe", "silver"].map(took), onward: "silver to gold" },
    { name: "Gold", layer: "gold", facts: [took("gold")], onward: "gold to readable" },
    { name: "Readable", layer: "ops", facts: [took("ledger"), behind, ...worked], onward: null },
  ];
}

function tablesOf(now: Pipeline, layer: string | null): Pipeline["tables"] {
  return layer === null ? [] : now.tables.filter(({ name }) => name.startsWith(`${layer}.`));
}

function middle(latency: Latency | undefined, stage: string): string {
  const us = latency?.stages.find((found) => found.stage === stage)?.p50_us;
  return us == null ? "" : duration(us / 1_000);
}

function rate(value: number): string {
  return count(value < 100 ? Number(value.toPrecision(3)) : Math.round(value));
}
