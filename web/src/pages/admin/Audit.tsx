import { Button, MenuItem, Stack, TableCell, TableRow, TextField } from "@mui/material";

import type { Schemas } from "../../api/client";
import { mono } from "../../app/theme";
import { useView } from "../../app/view";
import { Found } from "../../ui/Found";
import { Further } from "../../ui/Further";
import { Panel } from "../../ui/Panel";
import { Rows } from "../../ui/Rows";
import { moment, NOTHING } from "../../view/format";
import { useAudit, type Entry } from "./reads";

// Typed by the API's own description: one that is missing or too many does not compile.
const ACTIONS = Object.keys({
  ...{ "key.create": 0, "key.revoke": 0, "pipeline.pause": 0, "pipeline.resume": 0 },
  ...{ "alert_rule.create": 0, "alert_rule.change": 0, "alert_rule.delete": 0, "alert.silence": 0 },
  ...{
    "job.ask": 0,
    "job.cancel": 0,
    "pin.create": 0,
    "pin.remove": 0,
    "quarantine.repair": 0,
    "quarantine.readmit": 0,
    "user.erase": 0,
  },
  ...{ "query.save": 0, "query.change": 0, "query.delete": 0, "table.optimize": 0, "table.vacuum": 0 },
  ...{
    "table.checkpoint": 0,
    "tables.backfill": 0,
    "tables.restore": 0,
    "tables.retain": 0,
    "snapshot.write": 0,
    "engine.handover": 0,
  },
} satisfies Record<Schemas["Action"], 0>) as Schemas["Action"][];

/** Who did what and when, the newest first. */
export function Audit() {
  const { filter, set } = useView();
  const who = filter("who");
  const action = ACTIONS.find((name) => name === filter("action")) ?? null;
  const audit = useAudit(who, action);
  return (
    <Panel title="Who did what">
      <Stack spacing={1.5}>
        <Stack direction="row" sx={{ flexWrap: "wrap", gap: 1.5, alignItems: "center" }}>
          <TextField
            select
            label="What"
            size="small"
            value={action ?? ""}
            onChange={(event) => set({ action: event.target.value })}
            sx={{ minWidth: 200 }}
            slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
          >
            <MenuItem value="">anything</MenuItem>
            {ACTIONS.map((name) => (
              <MenuItem key={name} value={name}>
                {name}
              </MenuItem>
            ))}
          </TextField>
          {who !== null && (
            <Button size="small" variant="outlined" onClick={() => set({ who: null })}>
              Only of {who}; show all
            </Button>
          )}
        </Stack>
        <Found query={audit} height={200}>
          {(found) =>
            found.length === 0 ? (
              "Nothing of the kind was done."
            ) : (
              <Rows tall head={["When", "Who", "What", "To what", "With"]}>
                {found.map((entry) => (
                  <Line key={entry.id} entry={entry} onWho={() => set({ who: entry.who })} />
                ))}
              </Rows>
            )
          }
        </Found>
        <Further query={audit} name="Earlier entries" />
      </Stack>
    </Panel>
  );
}

function Line({ entry, onWho }: { entry: Entry; onWho: () => void }) {
  const { at, who, key_name, action, target, detail, versions } = entry;
  return (
    <TableRow>
      <TableCell component="th" scope="row" sx={{ whiteSpace: "nowrap" }}>
        {moment(at)}
      </TableCell>
      <TableCell>
        <Button size="small" sx={{ minWidth: 0, p: 0 }} onClick={onWho}>
          {key_name === null || key_name === "" ? who : `${key_name} (${who})`}
        </Button>
      </TableCell>
      <TableCell sx={{ whiteSpace: "nowrap" }}>{action}</TableCell>
      <TableCell sx={{ ...mono, overflowWrap: "anywhere", minWidth: 100 }}>
        {target === "" ? NOTHING : target}
      </TableCell>
      <TableCell sx={{ ...mono, overflowWrap: "anywhere", minWidth: 180 }}>
        {said({ ...detail, ...versions })}
      </TableCell>
    </TableRow>
  );
}

/** What was asked for, and the versions that came of it; what was left open is not told. */
function said(detail: Entry["detail"]): string {
  const parts = Object.entries(detail).filter(([, value]) => value !== null && value !== "");
  const text = parts.map(([name, value]) => `${name} ${typeof value === "string" ? value : JSON.stringify(value)}`);
  return text.length === 0 ? NOTHING : text.join(", ");
}
