import { MenuItem, Stack, TableCell, TableRow, TextField } from "@mui/material";

import { useView } from "../../app/view";
import { Found } from "../../ui/Found";
import { Further } from "../../ui/Further";
import { Panel } from "../../ui/Panel";
import { Rows } from "../../ui/Rows";
import { Toggle } from "../../ui/Toggle";
import { bytes, count, moment, NOTHING } from "../../view/format";
import { useTableNames, useVersions } from "./reads";
import { deed, State } from "./State";
import { VersionDetail } from "./VersionDetail";

const FIRST_TABLE = "gold.kpis_1m";

/** The versions of one table: what each did, and whether it can still be read. */
export function TableHistory() {
  const { filter, set } = useView();
  const name = filter("table") ?? FIRST_TABLE;
  const version = Number.parseInt(filter("version") ?? "", 10);
  const tables = useTableNames().data ?? [name];
  return (
    <Panel title={`History of ${name}`}>
      <Stack spacing={2}>
        <TextField
          select
          size="small"
          label="Table"
          value={tables.includes(name) ? name : ""}
          onChange={(event) => set({ table: event.target.value, version: null })}
          sx={{ alignSelf: "start", minWidth: 200 }}
        >
          {tables.map((table) => (
            <MenuItem key={table} value={table}>
              {table}
            </MenuItem>
          ))}
        </TextField>
        {version >= 0 && <VersionDetail key={`${name}=${version}`} name={name} version={version} />}
        <Versions name={name} chosen={version} />
      </Stack>
    </Panel>
  );
}

function Versions({ name, chosen }: { name: string; chosen: number }) {
  const { set } = useView();
  const versions = useVersions(name);
  return (
    <>
      <Found query={versions} height={320}>
        {(found) => (
          <Rows tall head={["Version", "Committed", "Did", "Rows", "Size", "Batch", "State"]}>
            {found.map((row) => (
              <TableRow key={row.version} selected={row.version === chosen}>
                <TableCell component="th" scope="row">
                  <Toggle
                    pressed={row.version === chosen}
                    onToggle={(pressed) => set({ table: name, version: pressed ? String(row.version) : null })}
                  >
                    {row.version}
                  </Toggle>
                </TableCell>
                <TableCell sx={{ whiteSpace: "nowrap" }}>{moment(row.committed_at)}</TableCell>
                <TableCell>{deed(row)}</TableCell>
                <TableCell sx={{ whiteSpace: "nowrap" }}>
                  +{count(row.rows_added)} −{row.rows_removed === null ? "?" : count(row.rows_removed)}
                </TableCell>
                <TableCell sx={{ whiteSpace: "nowrap" }}>{bytes(row.bytes_added)}</TableCell>
                <TableCell>{row.batch ?? NOTHING}</TableCell>
                <TableCell>
                  <State state={row.state} />
                </TableCell>
              </TableRow>
            ))}
          </Rows>
        )}
      </Found>
      <Further query={versions} name="Earlier versions" />
    </>
  );
}
