import { Alert, Button, Stack, Typography } from "@mui/material";

import { Further } from "../../ui/Further";
import { Failed, Loading, Panel } from "../../ui/Panel";
import { Records } from "../../ui/Records";
import { many } from "../../view/format";
import { useDownload, type useRun } from "./reads";

interface Props {
  sql: string;
  rows: ReturnType<typeof useRun>["rows"];
}

/** The rows of the statement that was run, with the table versions that they are of. */
export function Answer({ sql, rows }: Props) {
  return (
    <Panel title="Rows">
      <Inside sql={sql} rows={rows} />
    </Panel>
  );
}

function Inside({ sql, rows }: Props) {
  const download = useDownload();
  const { data, error, isFetching } = rows;
  if (data === undefined) {
    if (error) return <Failed error={error} />;
    return isFetching ? <Loading height={240} /> : "It was ended before it answered.";
  }
  const found = data.pages.flatMap((page) => page.data);
  const [first] = data.pages;
  return (
    <Stack spacing={1.5} sx={{ minWidth: 0 }}>
      <Typography variant="body2" color="text.secondary" role="status">
        {rows.hasNextPage ? "The first " : ""}
        {many(found.length, "row")}, of {first?.versions === "" ? "no table" : first?.versions.replaceAll(",", ", ")}
      </Typography>
      {found.length > 0 && <Records columns={first?.columns ?? []} data={found} />}
      <Stack direction="row" sx={{ gap: 1, flexWrap: "wrap" }}>
        <Further query={rows} name="More rows" />
        <Button size="small" variant="outlined" loading={download.isPending} onClick={() => download.mutate(sql)}>
          Download CSV
        </Button>
      </Stack>
      {download.error && <Failed error={download.error} />}
      {download.data?.cut && (
        <Alert severity="warning" variant="outlined">
          The file holds the first 100,000 rows; <code>rtl export</code> and the API give them all.
        </Alert>
      )}
    </Stack>
  );
}
