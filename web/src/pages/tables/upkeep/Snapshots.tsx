import { Box, Button, Stack, TableCell, TableRow, Typography } from "@mui/material";
import { useState } from "react";

import type { Schemas } from "../../../api/client";
import { mono } from "../../../app/theme";
import { Found } from "../../../ui/Found";
import { Said } from "../../../ui/Said";
import { Failed, Panel } from "../../../ui/Panel";
import { Rows } from "../../../ui/Rows";
import { bytes, many, moment } from "../../../view/format";
import { useDownload, useSnapshot, useSnapshots } from "./reads";

/** Gold as plain Parquet files, the newest snapshot first, to take away. */
export function Snapshots() {
  const snapshots = useSnapshots();
  return (
    <Panel title="Snapshots of gold, as Parquet">
      <Found query={snapshots} height={160}>
        {(found) =>
          found.length === 0 ? (
            <Said>
              None is there yet. The engine writes one from time to time; a job `snapshot` of Upkeep and jobs writes one
              now.
            </Said>
          ) : (
            <Stack spacing={1}>
              <Typography variant="body2" color="text.secondary">
                For tools that know nothing of Delta. A download has the rows of yours; sizes are those of all tenants.
              </Typography>
              {found.map((snapshot) => (
                <One key={snapshot.name} snapshot={snapshot} />
              ))}
            </Stack>
          )
        }
      </Found>
    </Panel>
  );
}

function One({ snapshot }: { snapshot: Schemas["SnapshotSummary"] }) {
  const [open, setOpen] = useState(false);
  const { name, written_at, rows, bytes: size } = snapshot;
  return (
    <Box
      component="details"
      onToggle={(event) => setOpen(event.currentTarget.open)}
      sx={{ border: 1, borderColor: "divider", borderRadius: 1, px: 1.5, py: 1 }}
    >
      <Box component="summary" sx={{ cursor: "pointer" }}>
        {moment(written_at)}{" "}
        <Typography component="span" variant="body2" color="text.secondary">
          {many(rows, "row")} · {bytes(size)}
        </Typography>
      </Box>
      {open && <Files name={name} />}
    </Box>
  );
}

function Files({ name }: { name: string }) {
  const snapshot = useSnapshot(name);
  const download = useDownload();
  return (
    <Found query={snapshot} height={160}>
      {({ files, versions }) => (
        <>
          {download.error && <Failed error={download.error} />}
          <Rows acts head={["File", "Table", "Rows", "Size", "Download"]}>
            {files.map((file) => (
              <TableRow key={file.name}>
                <TableCell component="th" scope="row" sx={mono}>
                  {file.name}
                </TableCell>
                <TableCell sx={{ whiteSpace: "nowrap" }}>
                  {file.table} v{versions[file.table]}
                </TableCell>
                <TableCell sx={{ whiteSpace: "nowrap" }}>{many(file.rows, "row")}</TableCell>
                <TableCell sx={{ whiteSpace: "nowrap" }}>{bytes(file.bytes)}</TableCell>
                <TableCell>
                  <Button
                    size="small"
                    aria-label={`Download ${file.name}`}
                    loading={download.isPending && download.variables.file === file.name}
                    onClick={() => download.mutate({ name, file: file.name })}
                  >
                    Download
                  </Button>
                </TableCell>
              </TableRow>
            ))}
          </Rows>
        </>
      )}
    </Found>
  );
}
