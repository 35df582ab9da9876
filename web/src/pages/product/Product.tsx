import { Alert, Box, Stack, TableCell, TableRow, Typography } from "@mui/material";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useParams } from "react-router";

import { problemOf } from "../../api/problem";
import { columns } from "../../app/theme";
import { Found } from "../../ui/Found";
import { Panel } from "../../ui/Panel";
import { ProductLink } from "../../ui/ProductLink";
import { Said } from "../../ui/Said";
import { Rows } from "../../ui/Rows";
import { ViewLink } from "../../ui/ViewLink";
import { count, many, share } from "../../view/format";
import { written } from "../explore/choice";
import { isBuilding, useSimilar, useTogether } from "./reads";

/** One product: what is bought with it, and what goes with the same others. */
export function Product() {
  const { id = "" } = useParams();
  const only = written([{ dimension: "product_id", operator: "eq", values: [id] }]) ?? "";
  return (
    <Stack spacing={2}>
      <Typography variant="h1" sx={{ overflowWrap: "anywhere" }}>
        Product {id}
      </Typography>
      <Typography variant="body2">
        <ViewLink to="/explore" filters={{ metric: "units", where: only }}>
          Its figures over time
        </ViewLink>
      </Typography>
      <Box sx={columns}>
        <Together id={id} />
        <Similar id={id} />
      </Box>
    </Stack>
  );
}

function Together({ id }: { id: string }) {
  const together = useTogether(id);
  return (
    <Panel title="Bought together with it">
      <Indexed query={together}>
        {({ of, data }) => (
          <>
            <Typography variant="body2" color="text.secondary">
              It is in {many(of, "order")}.{" "}
              {data.length === 0 ? "No product was in two of them or more." : "Most often with it were:"}
            </Typography>
            {data.length > 0 && (
              <Rows figures head={["Product", "Orders with both", "Of its orders", "Of the other's"]}>
                {data.map((row) => (
                  <TableRow key={row.product_id}>
                    <Name id={row.product_id} />
                    <TableCell align="right">{count(row.together)}</TableCell>
                    <TableCell align="right">{share(row.share)}</TableCell>
                    <TableCell align="right">{share(row.share_of_other)}</TableCell>
                  </TableRow>
                ))}
              </Rows>
            )}
          </>
        )}
      </Indexed>
    </Panel>
  );
}

function Similar({ id }: { id: string }) {
  const similar = useSimilar(id);
  return (
    <Panel title="Goes with the same others">
      <Indexed query={similar}>
        {({ data }) => (
          <>
            <Typography variant="body2" color="text.secondary">
              {data.length === 0
                ? "It was with no other product yet."
                : "Learned from orders and sessions, also where nobody ever had both. 1 is alike in all, 0 in nothing."}
            </Typography>
            {data.length > 0 && (
              <Rows figures head={["Product", "Alike", "Orders", "Sessions"]}>
                {data.map((row) => (
                  <TableRow key={row.product_id}>
                    <Name id={row.product_id} />
                    <TableCell align="right">{row.score.toFixed(2)}</TableCell>
                    <TableCell align="right">{count(row.orders)}</TableCell>
                    <TableCell align="right">{count(row.sessions)}</TableCell>
                  </TableRow>
                ))}
              </Rows>
            )}
          </>
        )}
      </Indexed>
    </Panel>
  );
}

/** What the index of products tells; that it is not there yet is no fault. */
function Indexed<T>({ query, children }: { query: UseQueryResult<T>; children: (data: T) => ReactNode }) {
  if (query.data === undefined && isBuilding(query.error)) {
    return (
      <Alert severity="info" variant="outlined">
        <Said>{problemOf(query.error).detail}</Said> This page asks again by itself.
      </Alert>
    );
  }
  return (
    <Found query={query} height={360}>
      {children}
    </Found>
  );
}

function Name({ id }: { id: string }) {
  return (
    <TableCell component="th" scope="row" sx={{ overflowWrap: "anywhere" }}>
      <ProductLink id={id} />
    </TableCell>
  );
}
