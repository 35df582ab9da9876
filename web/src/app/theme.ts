/** Every colour of the application, in light and in dark; components name tokens, never colours. */
import { createTheme } from "@mui/material/styles";

interface ChartColors {
  events: string;
  money: string;
  rate: string;
  users: string;
  late: string;
  other: string;
  grid: string;
}

declare module "@mui/material/styles" {
  interface Palette {
    chart: ChartColors;
  }
  interface PaletteOptions {
    chart?: ChartColors;
  }
}

const MONO = 'ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace';

// All text on these grounds has a contrast of at least 4.5 to 1; the browser tests check it with axe.
export const theme = createTheme({
  cssVariables: { colorSchemeSelector: "data-scheme" },
  colorSchemes: {
    light: {
      palette: {
        primary: { main: "#3949ab" },
        success: { main: "#1b6e3c" },
        warning: { main: "#8a5300" },
        error: { main: "#b3261e" },
        info: { main: "#0b5f8a" },
        background: { default: "#f6f7f9", paper: "#ffffff" },
        text: { primary: "#1a1d23", secondary: "#5a6270" },
        divider: "#e3e6eb",
        chart: {
          events: "#3949ab",
          money: "#0b7a6f",
          rate: "#b0492c",
          users: "#7b3fa0",
          late: "#8a5300",
          other: "#4d6b1f",
          grid: "#e9ecf0",
        },
      },
    },
    dark: {
      palette: {
        primary: { main: "#a3b1ff" },
        success: { main: "#6fd49a" },
        warning: { main: "#f0b95a" },
        error: { main: "#ff8f87" },
        info: { main: "#74c7f2" },
        background: { default: "#0e1116", paper: "#161a21" },
        text: { primary: "#e8ebf0", secondary: "#9da7b5" },
        divider: "#272d37",
        chart: {
          events: "#a3b1ff",
          money: "#55d3c2",
          rate: "#ff9d7e",
          users: "#cf9bf0",
          late: "#f0b95a",
          other: "#b7cf7a",
          grid: "#222832",
        },
      },
    },
  },
  shape: { borderRadius: 10 },
  typography: {
    fontFamily:
      'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "Liberation Sans", Arial, sans-serif',
    h1: { fontSize: "1.5rem", fontWeight: 650, letterSpacing: "-0.015em" },
    h2: { fontSize: "0.95rem", fontWeight: 650 },
    h3: { fontSize: "0.85rem", fontWeight: 600 },
    button: { textTransform: "none", fontWeight: 600 },
    overline: { fontSize: "0.7rem", letterSpacing: "0.06em", lineHeight: 1.6 },
  },
  components: {
    MuiCssBaseline: {
      styleOverrides: {
        body: { fontVariantNumeric: "tabular-nums" },
        "code, pre": { fontFamily: MONO, fontSize: "0.85em" },
        "@media (prefers-reduced-motion: reduce)": {
          "*, *::before, *::after": { animationDuration: "0s !important", transitionDuration: "0s !important" },
        },
        // Where the system has its own colours, no ground tells what is chosen.
        "@media (forced-colors: active)": {
          ".Mui-selected, [aria-pressed=true]": { outline: "2px solid Highlight !important", outlineOffset: "-2px" },
        },
      },
    },
    MuiPaper: { defaultProps: { elevation: 0 }, styleOverrides: { root: { backgroundImage: "none" } } },
    MuiButtonBase: { defaultProps: { disableRipple: true } },
    MuiTableCell: {
      styleOverrides: {
        root: {
          paddingBlock: 6,
          paddingInline: 12,
          "@media (max-width: 600px)": { paddingInline: 4, fontSize: "0.8rem" },
        },
        head: { fontWeight: 600, whiteSpace: "nowrap" },
      },
    },
    // A long name breaks, rather than have the message scroll out of the keyboard's reach.
    MuiAlert: { styleOverrides: { message: { overflowWrap: "anywhere" } } },
    MuiTooltip: { defaultProps: { arrow: true } },
  },
});

/** For code, identifiers and bytes. */
export const mono = { fontFamily: MONO, fontSize: "0.82rem" } as const;

/** Panels beside each other where there is room for it, at most four. */
export const columns = {
  display: "grid",
  gap: 2,
  gridTemplateColumns: "repeat(auto-fit, minmax(min(100%, max(26rem, 22%)), 1fr))",
} as const;

/** Charts beside each other: at most three, so that on a wide screen none is left alone beside a gap. */
export const chartColumns = {
  ...columns,
  gridTemplateColumns: "repeat(auto-fit, minmax(min(100%, max(26rem, 30%)), 1fr))",
} as const;

/** A chart's colour, as what an SVG attribute takes. */
export function chartColor(name: keyof ChartColors): string {
  return `var(--mui-palette-chart-${name})`;
}

export type ChartColor = keyof ChartColors;

/** What parts of one whole are told apart by, in this order. */
export const PART_COLORS: ChartColor[] = ["events", "rate", "money", "users", "late", "other"];
