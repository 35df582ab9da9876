import { TableCell, TableRow, Typography } from "@mui/material";

import { mono } from "../../app/theme";
import { Found } from "../../ui/Found";
import { Panel } from "../../ui/Panel";
import { Rows } from "../../ui/Rows";
import { ViewLink } from "../../ui/ViewLink";
import { useSchema } from "./reads";

/** The columns, what they hold, and the way to what each is made of. */
export function Schema({ name }: { name: string }) {
  const schema = useSchema(name);
  return (
    <Panel title="Columns">
      <Found query={schema} height={360}>
        {({ columns, key, partition_by }) => (
          <>
            <Rows head={["Column", "Type", "May be null", "What it holds"]}>
              {columns.map((column) => (
                <TableRow key={column.name}>
                  <TableCell component="th" scope="row" sx={mono}>
                    <ViewLink to="/pipeline/lineage" filters={{ column: `${name}.${column.name}` }}>
                      {column.name}
                    </ViewLink>
                  </TableCell>
                  <TableCell sx={mono}>{column.type}</TableCell>
                  <TableCell>{column.nullable ? "yes" : "no"}</TableCell>
                  <TableCell sx={{ minWidth: 200 }}>{column.doc}</TableCell>
                </TableRow>
              ))}
            </Rows>
            <Typography variant="body2" color="text.secondary" sx={{ mt: 1 }}>
              Key: {key.join(", ")}. {partition_by.length > 0 && `Partitioned by ${partition_by.join(", ")}. `}A
              column's name leads to what it is made of.
            </Typography>
          </>
        )}
      </Found>
    </Panel>
  );
}
