import { Box, Typography } from "@mui/material";
import { keyframes } from "@mui/material/styles";

const run = keyframes({ to: { backgroundPosition: "12px 0" } });
const fall = keyframes({ to: { backgroundPosition: "0 12px" } });

/** From one layer to the next; its dashes move while records do. */
export function Arrow({ label, moving }: { label: string; moving: boolean }) {
  const dashes = (angle: string): string =>
    `repeating-linear-gradient(${angle}, var(--mui-palette-primary-main) 0 6px, transparent 6px 12px)`;
  return (
    <Box
      data-moving={moving}
      sx={{
        flex: "0 0 auto",
        display: "flex",
        flexDirection: { xs: "row", lg: "column" },
        alignItems: "center",
        justifyContent: "center",
        gap: 0.5,
        p: 0.5,
        minWidth: { lg: 72 },
      }}
    >
      <Typography variant="body2" sx={{ order: { xs: 2, lg: 0 } }}>
        {label}
      </Typography>
      <Box
        aria-hidden
        sx={{
          width: { xs: 2, lg: "100%" },
          height: { xs: 28, lg: 2 },
          backgroundImage: { xs: dashes("180deg"), lg: dashes("90deg") },
          opacity: moving ? 1 : 0.4,
          animation: moving ? { xs: `${fall} 0.8s linear infinite`, lg: `${run} 0.8s linear infinite` } : "none",
        }}
      />
    </Box>
  );
}
