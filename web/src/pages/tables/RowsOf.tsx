import { Stack } from "@mui/material";

import { Found } from "../../ui/Found";
import { Further } from "../../ui/Further";
import { Panel } from "../../ui/Panel";
import { Records } from "../../ui/Records";
import { useRows } from "./reads";
import type { Part } from "./TablePage";

/** Rows in the order of the table's key, all of one version. */
export function RowsOf({ name, version }: Part) {
  const rows = useRows(name, version);
  return (
    <Panel title={`Rows of version ${version}`}>
      <Found query={rows} height={420}>
        {(data) =>
          data.length === 0 ? (
            "It holds no rows of yours."
          ) : (
            <Stack spacing={1.5} sx={{ minWidth: 0 }}>
              <Records columns={Object.keys(data[0] ?? {})} data={data} />
              <Further query={rows} name="More rows" />
            </Stack>
          )
        }
      </Found>
    </Panel>
  );
}
