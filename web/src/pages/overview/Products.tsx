import { TableCell, TableRow } from "@mui/material";
import { memo } from "react";

import { Found } from "../../ui/Found";
import { Loading, Panel } from "../../ui/Panel";
import { ProductLink } from "../../ui/ProductLink";
import { Rows } from "../../ui/Rows";
import { Unhurried } from "../../ui/Unhurried";
import { count, money } from "../../view/format";
import { useProducts } from "./reads";
import type { Span } from "../../live/span";

/** What sold most. */
export const Products = memo(function Products({ span }: { span: Span }) {
  const products = useProducts(span.from, span.to);
  return (
    <Panel title="Top products, by units">
      <Found query={products} height={240}>
        {({ data }) =>
          data.length === 0 ? (
            "Nothing was bought or viewed in this range."
          ) : (
            <Unhurried meanwhile={<Loading height={240} />}>
              <Rows figures head={["Product", "Units", "Gross", "Views"]}>
                {data.map((row) => (
                  <TableRow key={`${row.product_id} ${row.currency}`}>
                    <TableCell component="th" scope="row" sx={{ overflowWrap: "anywhere" }}>
                      <ProductLink id={row.product_id} />
                    </TableCell>
                    <TableCell align="right">{count(row.units)}</TableCell>
                    <TableCell align="right">{money(row.gross, row.currency)}</TableCell>
                    <TableCell align="right">{count(row.page_views)}</TableCell>
                  </TableRow>
                ))}
              </Rows>
            </Unhurried>
          )
        }
      </Found>
    </Panel>
  );
});
