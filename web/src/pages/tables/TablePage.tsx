import { Alert, Button, Stack, Tab, Tabs, Typography } from "@mui/material";
import { useState, type ComponentType } from "react";
import { Link, useLocation, useParams } from "react-router";

import { shared, useView } from "../../app/view";
import { Found } from "../../ui/Found";
import { ViewLink } from "../../ui/ViewLink";
import { bytes, many } from "../../view/format";
import { Files } from "./Files";
import { Profile } from "./Profile";
import { useTable, type Summary } from "./reads";
import { RowsOf } from "./RowsOf";
import { Schema } from "./Schema";
import { OfTable } from "./upkeep/OfTable";

export interface Part {
  name: string;
  /** The version that everything but schema and upkeep is read at. */
  version: number;
}

const PARTS: [string, string, ComponentType<Part>][] = [
  ["schema", "Schema", Schema],
  ["rows", "Rows", RowsOf],
  ["files", "Files", Files],
  ["profile", "Profile", Profile],
  ["upkeep", "Upkeep", OfTable],
];

/** One table: what it holds, how it lies on disk, and what its columns are. */
export function TablePage() {
  const { name = "" } = useParams();
  const { asOf } = useView();
  const table = useTable(name);
  return (
    <Stack spacing={2}>
      <Typography variant="h1" sx={{ overflowWrap: "anywhere" }}>
        <ViewLink to="/tables">Tables</ViewLink> / {name}
      </Typography>
      <Found query={table} height={480}>
        {(found) => <Inside key={`${name} ${asOf}`} table={found} />}
      </Found>
    </Stack>
  );
}

/** Stays at the version that was there when it was opened, until a newer one is asked for: pages fit together. */
function Inside({ table }: { table: Summary }) {
  const { part = "schema" } = useParams();
  const { search } = useLocation();
  const [version, setVersion] = useState(table.version);
  const { name } = table;
  const Shown = PARTS.find(([key]) => key === part)?.[2];
  return (
    <>
      <Typography variant="body2" color="text.secondary">
        Grain: {table.grain}. {many(table.rows, "row")}, {bytes(table.bytes)} in {many(table.files, "file")} at version{" "}
        {table.version}.{" "}
        <ViewLink to="/history" filters={{ table: name }}>
          What each version did
        </ViewLink>
      </Typography>
      <Tabs value={Shown === undefined ? false : part} variant="scrollable" aria-label="Parts of the table">
        {PARTS.map(([key, label]) => (
          <Tab
            key={key}
            value={key}
            label={label}
            component={Link}
            to={{ pathname: `/tables/${name}/${key}`, search: shared(search) }}
          />
        ))}
      </Tabs>
      {table.version > version && part !== "schema" && part !== "upkeep" && (
        <Alert
          severity="info"
          variant="outlined"
          action={
            <Button color="inherit" size="small" onClick={() => setVersion(table.version)}>
              Show it
            </Button>
          }
        >
          What is shown is version {version}. Version {table.version} is there.
        </Alert>
      )}
      {Shown === undefined ? (
        <Typography>There is no such part; choose one above.</Typography>
      ) : (
        <Shown name={name} version={version} />
      )}
    </>
  );
}
