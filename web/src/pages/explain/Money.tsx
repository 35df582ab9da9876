import { Box, Stack, TableCell, TableRow, Typography } from "@mui/material";
import { useQuery } from "@tanstack/react-query";

import { api, unwrap } from "../../api/client";
import { mono } from "../../app/theme";
import { useView } from "../../app/view";
import { useRenewal } from "../../live/renewal";
import { Found } from "../../ui/Found";
import { Panel } from "../../ui/Panel";
import { Rows } from "../../ui/Rows";
import { count, money, NOTHING } from "../../view/format";
import { useCatalogue } from "../explore/reads";

const EARNED = ["gross", "refunded", "net", "average_order_value"] as const;

/** What the minute earned in each currency, and how that is computed. */
export function Money({ start }: { start: string }) {
  const { asOf } = useView();
  const { refetchInterval } = useRenewal();
  const window = useQuery({
    queryKey: ["window", start, asOf],
    refetchInterval,
    queryFn: () => unwrap(api.GET("/api/v1/windows/{start}", { params: { path: { start }, query: { as_of: asOf } } })),
  });
  return (
    <Panel title="Money, by currency">
      <Found query={window} height={160}>
        {({ revenue }) =>
          revenue.length === 0 ? (
            "Nothing was bought or refunded in this minute."
          ) : (
            <Stack spacing={1.5}>
              <Rows figures head={["Currency", "Orders", "Gross", "Refunded", "Net", "Average order"]}>
                {revenue.map((row) => (
                  <TableRow key={row.currency}>
                    <TableCell component="th" scope="row">
                      {row.currency}
                    </TableCell>
                    <TableCell align="right">{count(row.orders)}</TableCell>
                    {EARNED.map((name) => (
                      <TableCell key={name} align="right">
                        {row[name] === null ? NOTHING : money(row[name], row.currency)}
                      </TableCell>
                    ))}
                  </TableRow>
                ))}
              </Rows>
              <Formulas />
            </Stack>
          )
        }
      </Found>
    </Panel>
  );
}

function Formulas() {
  const metrics = useCatalogue().data?.metrics ?? [];
  return metrics
    .filter(({ name }) => name === "gross" || name === "refunded" || name === "net")
    .map(({ name, title, formula }) => (
      <Typography key={name} variant="body2" color="text.secondary">
        {title}:{" "}
        <Box component="code" sx={{ ...mono, overflowWrap: "anywhere" }}>
          {formula}
        </Box>
      </Typography>
    ));
}
