import { Box, Typography } from "@mui/material";

import { mono } from "../../app/theme";
import { ViewLink } from "../../ui/ViewLink";
import type { Pipeline } from "./reads";

interface Props {
  name: string;
  facts: string[];
  tables: Pipeline["tables"];
}

/** A layer that records come through, with its tables and how far they are. */
export function Station({ name, facts, tables }: Props) {
  return (
    <Box
      role="group"
      aria-label={name}
      sx={{ flex: "1 1 0", minWidth: 0, border: 1, borderColor: "divider", borderRadius: 1, p: 1.5 }}
    >
      <Typography variant="h3" component="h3">
        {name}
      </Typography>
      {facts.map((fact) => (
        <Typography key={fact} variant="body2" color="text.secondary">
          {fact}
        </Typography>
      ))}
      {tables.map((table) => (
        <Typography key={table.name} variant="body2" sx={{ mt: 0.5, overflowWrap: "anywhere" }}>
          <ViewLink to={`/tables/${table.name}`} sx={mono}>
            {table.name.split(".")[1]}
          </ViewLink>{" "}
          v{table.version}
          {table.lag_versions > 0 && (
            <Box component="span" sx={{ color: "warning.main" }}>
              {" "}
              · {table.lag_versions} not shown yet
            </Box>
          )}
        </Typography>
      ))}
    </Box>
  );
}
