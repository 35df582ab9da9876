import { TableCell, TableRow } from "@mui/material";

import { Found } from "../ui/Found";
import { HowToStart } from "../ui/HowToStart";
import { Panel } from "../ui/Panel";
import { Rows } from "../ui/Rows";
import { count } from "../view/format";
import { useBalance } from "./reads";

const PARTS = ["received", "accepted", "duplicates", "quarantined", "late", "difference"] as const;

/** Where records came in, and what became of them. */
export function Sources() {
  const balance = useBalance();
  return (
    <Panel title="Every record, by where it came in">
      <Found query={balance} height={120}>
        {({ data }) =>
          data.length === 0 ? (
            <HowToStart said="No record has come in yet." />
          ) : (
            <Rows figures head={["Source", ...PARTS]}>
              {data.map((row) => (
                <TableRow key={`${row.source} ${row.topic} ${row.partition}`}>
                  <TableCell component="th" scope="row" sx={{ overflowWrap: "anywhere" }}>
                    {row.source} {row.topic}/{row.partition}
                  </TableCell>
                  {PARTS.map((part) => (
                    <TableCell
                      key={part}
                      align="right"
                      sx={
                        part === "difference" && row[part] !== 0 ? { color: "error.main", fontWeight: 650 } : undefined
                      }
                    >
                      {count(row[part])}
                    </TableCell>
                  ))}
                </TableRow>
              ))}
            </Rows>
          )
        }
      </Found>
    </Panel>
  );
}
