import { Box, Button, Menu, MenuItem, Stack, Typography } from "@mui/material";
import { useCallback, useEffect, useMemo, useRef, useState, type ReactNode, type RefObject } from "react";

import { Failed, Panel } from "../ui/Panel";
import { save, saveText } from "../view/save";
import { csvOf, type Table } from "./csv";
import { useDrawn } from "./useDrawn";

interface Saved {
  title: string;
  /** What the chart is of, a line each: range, time, table versions; printed below the picture. */
  facts: () => string[];
  /** What is drawn, as figures: made when they are saved. */
  table: () => Table;
}

type Props = Saved & { children: ReactNode };

/** A panel with a chart, and a menu to save what it shows. */
export function ChartPanel({ children, ...saved }: Props) {
  const { host, menu, failure } = useSaving(saved);
  return (
    <Panel title={saved.title} action={menu}>
      {failure}
      <div ref={host}>{children}</div>
    </Panel>
  );
}

/** A chart within a panel of other things, with the same menu. */
export function SavedChart({ children, ...saved }: Props) {
  const { host, menu, failure } = useSaving(saved);
  return (
    <Box sx={{ width: "100%" }}>
      <Stack direction="row" sx={{ justifyContent: "space-between", alignItems: "center", mb: 1 }}>
        <Typography variant="h3">{saved.title}</Typography>
        {menu}
      </Stack>
      {failure}
      <div ref={host}>{children}</div>
    </Box>
  );
}

function useSaving(saved: Saved) {
  const { title } = saved;
  const host = useRef<HTMLDivElement>(null);
  const [failed, setFailed] = useState<unknown>(null);
  // What is saved changes each second; the menu stays as it is.
  const newest = useRef(saved);
  useEffect(() => {
    newest.current = saved;
  });
  const write = useCallback(() => saveText(csvOf(newest.current.table()), fileName(title, "csv")), [title]);
  const draw = useCallback(async (): Promise<void> => {
    try {
      // Few charts are saved: what does it is loaded when one is.
      const { picture } = await import("./picture");
      const facts = newest.current.facts();
      if (host.current !== null) save(await picture(host.current, { title, facts }), fileName(title, "png"));
      setFailed(null);
    } catch (error) {
      setFailed(error);
    }
  }, [title]);
  const menu = useMemo(
    () => <SaveMenu title={title} host={host} onCsv={write} onPicture={() => void draw()} />,
    [title, write, draw],
  );
  return { host, menu, failure: failed !== null && <Failed error={failed} /> };
}

interface MenuProps {
  title: string;
  /** What the chart is in, once it is drawn. */
  host: RefObject<HTMLElement | null>;
  onCsv: () => void;
  onPicture: () => void;
}

function SaveMenu({ title, host, onCsv, onPicture }: MenuProps) {
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const isDrawn = useDrawn(host, anchor !== null);
  const choose = (chosen: () => void) => () => {
    setAnchor(null);
    chosen();
  };
  return (
    <>
      <Button
        size="small"
        color="inherit"
        aria-haspopup="menu"
        aria-expanded={anchor !== null}
        aria-label={`Save: ${title}`}
        onClick={(event) => setAnchor(event.currentTarget)}
        sx={{ minWidth: 0, py: 0, lineHeight: 1.4, color: "text.secondary" }}
      >
        Save
      </Button>
      <Menu open={anchor !== null} anchorEl={anchor} onClose={() => setAnchor(null)}>
        <MenuItem dense disabled={!isDrawn} onClick={choose(onPicture)}>
          As a picture (PNG)
        </MenuItem>
        <MenuItem dense onClick={choose(onCsv)}>
          As figures (CSV)
        </MenuItem>
      </Menu>
    </>
  );
}

/** A title as the name of a file on any system. */
function fileName(title: string, ending: string): string {
  const plain = title.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
  return `${plain.replaceAll(/^-|-$/g, "")}.${ending}`;
}
