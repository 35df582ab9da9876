import { TableCell, TableRow, ToggleButton, ToggleButtonGroup } from "@mui/material";
import { memo } from "react";

import { useView } from "../../app/view";
import { Found } from "../../ui/Found";
import { Loading, Panel } from "../../ui/Panel";
import { Rows } from "../../ui/Rows";
import { Unhurried } from "../../ui/Unhurried";
import { count } from "../../view/format";
import { DIMENSIONS, useSegments, type DimensionName } from "./reads";
import type { Span } from "../../live/span";
import { UnlikeSegments } from "./UnlikeSegments";

/** The range told apart by country, device, campaign or referrer. */
export const SegmentTable = memo(function SegmentTable({ span }: { span: Span }) {
  const { filter, set } = useView();
  const dimension = DIMENSIONS.find((name) => name === filter("by")) ?? "country";
  const segments = useSegments(dimension, span.from, span.to);
  return (
    <Panel title="Segments">
      <ToggleButtonGroup
        size="small"
        exclusive
        aria-label="Told apart by"
        value={dimension}
        onChange={(_, by: DimensionName | null) => by !== null && set({ by })}
        sx={{ display: "flex", mb: 1, flexWrap: "wrap" }}
      >
        {DIMENSIONS.map((name) => (
          <ToggleButton key={name} value={name} sx={{ textTransform: "none", py: 0.25 }}>
            {name}
          </ToggleButton>
        ))}
      </ToggleButtonGroup>
      <Found query={segments} height={200}>
        {({ data }) =>
          data.length === 0 ? (
            `No event of this range names its ${dimension}.`
          ) : (
            <Unhurried meanwhile={<Loading height={200} />}>
              <Rows figures head={[dimension, "Events", "Users", "Buyers", "Purchases"]}>
                {data.map((row) => (
                  <TableRow key={row.value}>
                    <TableCell component="th" scope="row" sx={{ overflowWrap: "anywhere" }}>
                      {row.value}
                    </TableCell>
                    <TableCell align="right">{count(row.events)}</TableCell>
                    <TableCell align="right">{count(row.active_users)}</TableCell>
                    <TableCell align="right">{count(row.purchasing_users)}</TableCell>
                    <TableCell align="right">{count(row.purchases)}</TableCell>
                  </TableRow>
                ))}
              </Rows>
            </Unhurried>
          )
        }
      </Found>
      <UnlikeSegments dimension={dimension} span={span} />
    </Panel>
  );
});
