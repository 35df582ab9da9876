import { Stack, TableCell, TableRow, Typography } from "@mui/material";
import { useQuery } from "@tanstack/react-query";

import { api, unwrap } from "../../api/client";
import { useView } from "../../app/view";
import { Found } from "../../ui/Found";
import { Panel } from "../../ui/Panel";
import { Rows } from "../../ui/Rows";
import { count, dayAndMinute, minute } from "../../view/format";

const MINUTE_MS = 60_000;
// What fits beside the times on a phone.
const SHOWN = ["page_views", "add_to_carts", "purchases", "active_users"] as const;

/** When figures went as in the hour up to this minute. */
export function Alike({ start }: { start: string }) {
  const { asOf } = useView();
  const at = new Date(Date.parse(start) + MINUTE_MS).toISOString();
  const moments = useQuery({
    queryKey: ["moments", at, asOf],
    queryFn: () => unwrap(api.GET("/api/v1/search/moments", { params: { query: { at, as_of: asOf } } })),
  });
  return (
    <Panel title="When it went like this before">
      <Found query={moments} height={200}>
        {({ data, looked_back_to, ...asked }) => (
          <Stack spacing={1.5}>
            <Typography variant="body2" color="text.secondary">
              {data.length === 0
                ? `No hour since ${dayAndMinute(looked_back_to)} UTC is known to compare with.`
                : "Hours that went most like the one up to this minute. 0 is the same; above 1, little is alike."}
            </Typography>
            {data.length > 0 && (
              <Rows figures head={["Hour (UTC)", "Unlike by", ...SHOWN.map((name) => name.replaceAll("_", " "))]}>
                {[{ ...asked, difference: null }, ...data].map(({ start: from, end, difference, figures }) => (
                  <TableRow key={from} selected={difference === null}>
                    <TableCell component="th" scope="row">
                      {dayAndMinute(from)} to {minute(end)}
                    </TableCell>
                    <TableCell align="right">{difference === null ? "this one" : difference.toFixed(2)}</TableCell>
                    {SHOWN.map((name) => (
                      <TableCell key={name} align="right">
                        {count(figures[name])}
                      </TableCell>
                    ))}
                  </TableRow>
                ))}
              </Rows>
            )}
          </Stack>
        )}
      </Found>
    </Panel>
  );
}
