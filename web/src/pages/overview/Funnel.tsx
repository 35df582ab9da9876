import { Box, TableCell, TableRow, Typography } from "@mui/material";
import { memo } from "react";

import type { Schemas } from "../../api/client";
import { chartColor } from "../../app/theme";
import type { Span } from "../../live/span";
import { Found } from "../../ui/Found";
import { Loading, Panel } from "../../ui/Panel";
import { Rows } from "../../ui/Rows";
import { Unhurried } from "../../ui/Unhurried";
import { count, percent } from "../../view/format";
import { useFunnel } from "./reads";

const NAMES = { page_view: "Viewed", add_to_cart: "then added to a cart", purchase: "then bought" } as const;

/** How many users got how far towards a purchase. */
export const Funnel = memo(function Funnel({ span }: { span: Span }) {
  const funnel = useFunnel(span.from, span.to);
  return (
    <Panel title="From a view to a purchase">
      <Found query={funnel} height={180}>
        {({ data }) => (data[0]?.users ? <Steps steps={data} /> : "Nobody viewed anything in this range.")}
      </Found>
    </Panel>
  );
});

function Steps({ steps }: { steps: Schemas["FunnelStep"][] }) {
  return (
    <>
      <Unhurried meanwhile={<Loading height={180} />}>
        <Rows figures head={["Step", "Users", "Of the step before", "Of all"]}>
          {steps.map(({ step, users, from_previous, from_first }) => (
            <TableRow key={step}>
              <TableCell component="th" scope="row">
                {NAMES[step]}
                <Box
                  aria-hidden
                  sx={{
                    height: 6,
                    mt: 0.5,
                    borderRadius: 1,
                    bgcolor: chartColor("users"),
                    forcedColorAdjust: "none",
                    width: `${100 * Number(from_first)}%`,
                  }}
                />
              </TableCell>
              <TableCell align="right">{count(users)}</TableCell>
              <TableCell align="right">{percent(from_previous)}</TableCell>
              <TableCell align="right">{percent(from_first)}</TableCell>
            </TableRow>
          ))}
        </Rows>
      </Unhurried>
      <Typography variant="body2" color="text.secondary" sx={{ mt: 1 }}>
        In this order and within the range, whatever the product.
      </Typography>
    </>
  );
}
