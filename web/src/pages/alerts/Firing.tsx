import { Alert, AlertTitle, Button, Stack, Typography } from "@mui/material";
import { useState } from "react";

import { Found } from "../../ui/Found";
import { Panel } from "../../ui/Panel";
import { moment } from "../../view/format";
import { useFiring, type AlertEntry } from "./reads";
import { SilenceDialog } from "./SilenceDialog";
import { measured, toldWhom } from "./spelled";

/** What fires now, why and since when. */
export function Firing() {
  const firing = useFiring();
  const [asked, setAsked] = useState<AlertEntry | null>(null);
  return (
    <Panel title="What fires now">
      <Found query={firing} height={90}>
        {(found) =>
          found.length === 0 ? (
            "Nothing fires."
          ) : (
            <Stack spacing={1}>
              {found.map((alert) => (
                <Entry key={alert.id} alert={alert} onSilence={() => setAsked(alert)} />
              ))}
            </Stack>
          )
        }
      </Found>
      <SilenceDialog alert={asked} onClose={() => setAsked(null)} />
    </Panel>
  );
}

function Entry({ alert, onSilence }: { alert: AlertEntry; onSilence: () => void }) {
  const { silence } = alert;
  const current = alert.current ?? null;
  return (
    <Alert
      severity={silence ? "warning" : "error"}
      variant="outlined"
      role="group"
      aria-label={alert.rule}
      sx={{ overflowWrap: "anywhere", flexWrap: { xs: "wrap", sm: "nowrap" } }}
      action={
        <Button size="small" color="inherit" sx={{ whiteSpace: "nowrap" }} onClick={onSilence}>
          Silence…
        </Button>
      }
    >
      <AlertTitle>{alert.rule}</AlertTitle>
      {alert.why} Now {measured(current)}.
      <Typography variant="body2" color="text.secondary">
        Since {moment(alert.since)}: {alert.told}. {toldWhom(alert.messages)}
      </Typography>
      {silence && (
        <Typography variant="body2">
          Silent until {moment(silence.until)}: {silence.why}
        </Typography>
      )}
    </Alert>
  );
}
