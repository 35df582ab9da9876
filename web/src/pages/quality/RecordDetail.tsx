import { Box, Button, Paper, Stack, TableCell, TableRow, Typography } from "@mui/material";

import { mono } from "../../app/theme";
import { useView } from "../../app/view";
import { Found } from "../../ui/Found";
import { Rows } from "../../ui/Rows";
import { ViewLink } from "../../ui/ViewLink";
import { bytes, moment, NOTHING } from "../../view/format";
import { placeOf } from "./place";
import { useRecord } from "./reads";

/** One rejected record: where it came in, which rules it breaks, and all that was received. */
export function RecordDetail({ id }: { id: string }) {
  const { set } = useView();
  const record = useRecord(id);
  return (
    <Paper variant="outlined" role="group" aria-label={`Record ${id}`} sx={{ p: 2, minWidth: 0 }}>
      <Stack direction="row" sx={{ justifyContent: "space-between", alignItems: "baseline", mb: 1 }}>
        <Typography variant="h3" sx={{ overflowWrap: "anywhere" }}>
          Record {id}
        </Typography>
        <Button size="small" onClick={() => set({ record: null })}>
          Close
        </Button>
      </Stack>
      <Found query={record} height={240}>
        {(found) => (
          <Stack spacing={1.5}>
            <Typography variant="body2">
              Received {moment(found.received_at)} at {placeOf(found)}: {bytes(found.raw_bytes)}, judged by version{" "}
              {found.contract_version} of the contract.
              {found.repaired_by !== null && (
                <>
                  {" "}
                  Taken by{" "}
                  <ViewLink to="/quality/repair" filters={{ repair: found.repaired_by }}>
                    repair {found.repaired_by}
                  </ViewLink>
                  .
                </>
              )}
            </Typography>
            <Rows head={["Reason", "Field", "The rule it breaks"]}>
              {found.rules.map((rule) => (
                <TableRow key={rule.reason}>
                  <TableCell component="th" scope="row">
                    {rule.reason}
                  </TableCell>
                  <TableCell>{rule.field ?? NOTHING}</TableCell>
                  <TableCell>{rule.rule}</TableCell>
                </TableRow>
              ))}
            </Rows>
            <Typography variant="body2" color="text.secondary">
              {found.is_text ? "What was received:" : "What was received is no UTF-8; its bytes in hexadecimal:"}
            </Typography>
            <Box
              component="pre"
              tabIndex={0}
              aria-label="What was received"
              role="group"
              sx={{ ...mono, m: 0, maxHeight: 320, overflow: "auto", whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}
            >
              {found.raw}
            </Box>
          </Stack>
        )}
      </Found>
    </Paper>
  );
}
