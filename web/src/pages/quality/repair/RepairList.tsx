import { Button, Stack, TableCell, TableRow } from "@mui/material";

import { useView } from "../../../app/view";
import { Found } from "../../../ui/Found";
import { Further } from "../../../ui/Further";
import { Panel } from "../../../ui/Panel";
import { Rows } from "../../../ui/Rows";
import { count, moment, NOTHING } from "../../../view/format";
import { useRepairs, type Repair } from "./reads";

const COUNTS = ["records", "accepted", "duplicates", "quarantined"] as const;

/** Who took what out of quarantine, when and why, and what became of it. */
export function RepairList() {
  const repairs = useRepairs();
  return (
    <Panel title="Repairs">
      <Stack spacing={2}>
        <Found query={repairs} height={120}>
          {(found) =>
            found.length === 0 ? (
              "Nothing has been repaired yet."
            ) : (
              <Rows head={["When", "What", "By", "Why", "Records", "Accepted", "Duplicates", "Rejected again"]}>
                {found.map((repair) => (
                  <Line key={repair.id} repair={repair} />
                ))}
              </Rows>
            )
          }
        </Found>
        <Further query={repairs} name="Earlier repairs" />
      </Stack>
    </Panel>
  );
}

function Line({ repair }: { repair: Repair }) {
  const { filter, set } = useView();
  const isChosen = filter("repair") === repair.id;
  return (
    <TableRow selected={isChosen}>
      <TableCell component="th" scope="row" sx={{ whiteSpace: "nowrap" }}>
        <Button
          size="small"
          sx={{ minWidth: 0, p: 0 }}
          aria-pressed={isChosen}
          onClick={() => set({ repair: isChosen ? null : repair.id })}
        >
          {moment(repair.created_at)}
        </Button>
      </TableCell>
      <TableCell>{repair.kind === "readmit" ? "as they were" : Object.keys(repair.patch ?? {}).join()}</TableCell>
      <TableCell>{repair.by}</TableCell>
      <TableCell sx={{ overflowWrap: "anywhere", minWidth: 120 }}>{repair.why === "" ? NOTHING : repair.why}</TableCell>
      {COUNTS.map((name) => (
        <TableCell key={name} align="right">
          {repair[name] === null ? "waits" : count(repair[name])}
        </TableCell>
      ))}
    </TableRow>
  );
}
