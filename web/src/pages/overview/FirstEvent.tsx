import { Box, Button, Stack, Typography } from "@mui/material";
import { useRef, useState } from "react";

import { mono } from "../../app/theme";
import { copied } from "../../ui/copied";
import { Panel } from "../../ui/Panel";

/** What is shown until a first event has come in: how to send one. */
export function FirstEvent() {
  const command = useRef<HTMLPreElement>(null);
  const [said, setSaid] = useState("");
  return (
    <Panel title="No event has come in yet">
      <Stack spacing={1.5} sx={{ alignItems: "start" }}>
        <Typography variant="body2">Send one, and see it here a moment later:</Typography>
        <Box
          component="pre"
          ref={command}
          tabIndex={0}
          role="region"
          aria-label="Command"
          sx={{
            ...mono,
            m: 0,
            p: 1.5,
            maxWidth: "100%",
            overflow: "auto",
            bgcolor: "background.default",
            borderRadius: 1,
          }}
        >
          {commandFor(window.location.origin)}
        </Box>
        <Stack direction="row" spacing={2} sx={{ alignItems: "center" }}>
          <Button
            variant="outlined"
            size="small"
            onClick={() => void copied(command.current, "Copied; paste it into a terminal.").then(setSaid)}
          >
            Copy the command
          </Button>
          <Typography variant="body2" role="status">
            {said}
          </Typography>
        </Stack>
        <Typography variant="body2">
          Or, with that key, let simulated shoppers send some:{" "}
          <Box component="code">rtl simulate --to {window.location.origin}</Box>
        </Typography>
      </Stack>
    </Panel>
  );
}

function commandFor(origin: string): string {
  return `export RTL_API_KEY=$(rtl keys create --role ingest)
curl ${origin}/api/v1/events -H "Authorization: Bearer $RTL_API_KEY" -H 'Content-Type: application/json' -d '{
  "event_id": "mine-1", "event_type": "purchase", "user_id": "me", "product_id": "tea",
  "price": 9.99, "quantity": 1, "currency": "EUR", "ts": "'"$(date -u +%Y-%m-%dT%H:%M:%SZ)"'"}'`;
}
