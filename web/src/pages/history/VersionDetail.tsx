import { Button, Paper, Stack, TableCell, TableRow, Typography } from "@mui/material";

import type { Schemas } from "../../api/client";
import { mono } from "../../app/theme";
import { useView } from "../../app/view";
import { Found } from "../../ui/Found";
import { Records } from "../../ui/Records";
import { Rows } from "../../ui/Rows";
import { bytes, count, moment } from "../../view/format";
import { Changes } from "./Changes";
import { Restore } from "./Restore";
import { useRowsAt, useVersion } from "./reads";
import { deed, State } from "./State";

/** One version: what it did, the files that came and went, the rows that it changed, and the first that could be read then. */
export function VersionDetail({ name, version }: { name: string; version: number }) {
  const { set } = useView();
  const found = useVersion(name, version);
  return (
    <Paper variant="outlined" role="group" aria-label={`${name} version ${version}`} sx={{ p: 2, minWidth: 0 }}>
      <Stack direction="row" sx={{ justifyContent: "space-between", mb: 1 }}>
        <Typography variant="h3">
          {name} version {version}
        </Typography>
        <Button size="small" onClick={() => set({ version: null })}>
          Close
        </Button>
      </Stack>
      <Found query={found} height={160}>
        {(told) => (
          <Stack spacing={1.5}>
            <Typography variant="body2" component="div">
              {moment(told.committed_at)}: {deed(told)}, by {told.engine ?? "an unknown engine"}; {progress(told)}{" "}
              <State state={told.state} />
            </Typography>
            <Files told={told} />
            {told.state === "readable" && told.changes_rows && version > 0 && <Changes name={name} version={version} />}
            {told.state === "readable" && isRestored(name) && <Restore name={name} version={version} />}
            {told.state === "readable" && <FirstRows name={name} version={version} />}
          </Stack>
        )}
      </Found>
    </Paper>
  );
}

/** Bronze and the ledger say what was received, which no restore changes. */
function isRestored(name: string): boolean {
  return name.startsWith("silver.") || name.startsWith("gold.");
}

function progress({ batch, steps }: Schemas["Version"]): string {
  const said = [
    ...(batch === null ? [] : [`batch ${count(batch)}`]),
    ...steps.map(({ application, step }) => `${application} up to ${count(step)}`),
  ];
  return said.length === 0 ? "part of no batch." : `${said.join(", ")}.`;
}

function Files({ told }: { told: Schemas["Version"] }) {
  const files = [
    ...told.added.map((file) => ({ sign: "+", ...file, size: bytes(file.bytes) })),
    ...told.removed.map((file) => ({ sign: "−", ...file, size: "" })),
  ];
  if (files.length === 0) return <Typography variant="body2">No file came or went.</Typography>;
  return (
    <Rows tall head={["File", "Rows", "Size"]}>
      {files.map((file) => (
        <TableRow key={file.sign + file.path}>
          <TableCell sx={{ ...mono, overflowWrap: "anywhere" }}>
            {file.sign} {file.path}
          </TableCell>
          <TableCell>{file.rows === null ? "no longer there" : count(file.rows)}</TableCell>
          <TableCell sx={{ whiteSpace: "nowrap" }}>{file.size}</TableCell>
        </TableRow>
      ))}
    </Rows>
  );
}

function FirstRows({ name, version }: { name: string; version: number }) {
  const found = useRowsAt(name, version);
  return (
    <Found query={found} height={200}>
      {({ data }) => {
        const columns = Object.keys(data[0] ?? {});
        if (columns.length === 0) return <Typography variant="body2">It had no rows.</Typography>;
        return (
          <>
            <Typography variant="body2" color="text.secondary">
              The first {count(data.length)} rows of the table at this version:
            </Typography>
            <Records columns={columns} data={data} />
          </>
        );
      }}
    </Found>
  );
}
