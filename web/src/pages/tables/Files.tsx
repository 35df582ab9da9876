import { Box, Stack, TableCell, TableRow, Typography } from "@mui/material";

import type { Schemas } from "../../api/client";
import { mono } from "../../app/theme";
import { Found } from "../../ui/Found";
import { Further } from "../../ui/Further";
import { Panel } from "../../ui/Panel";
import { Rows } from "../../ui/Rows";
import { bytes, count, many, moment, NOTHING } from "../../view/format";
import { useFiles } from "./reads";
import type { Part } from "./TablePage";

type File = Schemas["TableFile"];

/** The Parquet files of one version, with what the log says of their columns. */
export function Files({ name, version }: Part) {
  const files = useFiles(name, version);
  return (
    <Panel title={`Files of version ${version}`}>
      <Found query={files} height={420}>
        {(data) =>
          data.length === 0 ? (
            "No file holds rows of yours."
          ) : (
            <Stack spacing={1.5}>
              {data.map((file) => (
                <One key={file.path} file={file} />
              ))}
              <Further query={files} name="More files" />
            </Stack>
          )
        }
      </Found>
    </Panel>
  );
}

function One({ file }: { file: File }) {
  const partition = Object.entries(file.partition).map(([name, value]) => `${name} = ${value ?? "null"}`);
  return (
    <Box component="details" sx={{ border: 1, borderColor: "divider", borderRadius: 1, px: 1.5, py: 1 }}>
      <Box component="summary" sx={{ cursor: "pointer", overflowWrap: "anywhere" }}>
        <Box component="span" sx={mono}>
          {file.path}
        </Box>{" "}
        <Typography component="span" variant="body2" color="text.secondary">
          {[many(file.rows, "row"), bytes(file.bytes), came(file), ...partition].join(" · ")}
        </Typography>
      </Box>
      {file.columns === null ? (
        <Typography variant="body2">It holds rows of others, too, so what its columns hold is not told.</Typography>
      ) : (
        <Rows head={["Column", "Nulls", "Lowest", "Highest"]}>
          {file.columns.map((column) => (
            <TableRow key={column.name}>
              <TableCell component="th" scope="row" sx={mono}>
                {column.name}
              </TableCell>
              <TableCell>{column.nulls === null ? NOTHING : count(column.nulls)}</TableCell>
              <TableCell sx={mono}>{bound(column.lowest)}</TableCell>
              <TableCell sx={mono}>{bound(column.highest)}</TableCell>
            </TableRow>
          ))}
        </Rows>
      )}
    </Box>
  );
}

function came({ added_version, added_at }: File): string {
  const when = added_at === null ? "at a time no longer kept" : moment(added_at);
  return added_version === null ? `came ${when}` : `came with version ${added_version}, ${when}`;
}

function bound(value: string | number | boolean | null): string {
  return value === null ? NOTHING : String(value);
}
