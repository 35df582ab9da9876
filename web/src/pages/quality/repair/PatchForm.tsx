import {
  Button,
  Chip,
  Link,
  Stack,
  TextField,
  ToggleButton,
  ToggleButtonGroup,
  Typography,
  useMediaQuery,
} from "@mui/material";
import { useTheme } from "@mui/material/styles";

import { mono } from "../../../app/theme";
import { examplesFor } from "./examples";
import { WAYS, type Draft, type Member, type Way } from "./patch";

interface Props {
  reason: string | null;
  draft: Draft;
  onChange: (draft: Draft) => void;
}

const ABOUT: Record<Way, string> = {
  merge: "A JSON merge patch: members to set, null for those to remove.",
  members: "Each member becomes the value of an SQL expression over the record; null removes it.",
  record: "The record becomes the text of an SQL expression.",
  none: "The records are judged again unchanged: after a new contract, or other limits of time.",
};

/** How the records are changed: one of the ways, with examples that fit the reason. */
export function PatchForm({ reason, draft, onChange }: Props) {
  const isPhone = useMediaQuery(useTheme().breakpoints.down("sm"));
  const change = (part: Partial<Draft>): void => onChange({ ...draft, ...part });
  return (
    <Stack spacing={1.5}>
      <ToggleButtonGroup
        size="small"
        exclusive
        orientation={isPhone ? "vertical" : "horizontal"}
        aria-label="Way"
        value={draft.way}
        onChange={(_, way: Way | null) => {
          if (way !== null) change({ way });
        }}
        sx={{ flexWrap: "wrap" }}
      >
        {Object.entries(WAYS).map(([way, name]) => (
          <ToggleButton key={way} value={way} sx={{ textTransform: "none" }}>
            {name}
          </ToggleButton>
        ))}
      </ToggleButtonGroup>
      <Typography variant="body2" color="text.secondary">
        {ABOUT[draft.way]}
        {(draft.way === "members" || draft.way === "record") && <Columns />}
      </Typography>
      <Fields draft={draft} change={change} />
      <Stack direction="row" sx={{ flexWrap: "wrap", gap: 1, alignItems: "center" }}>
        <Typography variant="body2">{reason === null ? "Examples:" : `For ${reason}:`}</Typography>
        {examplesFor(reason).map(({ about, patch }) => (
          <Chip key={about} size="small" variant="outlined" label={about} onClick={() => change(patch)} />
        ))}
      </Stack>
    </Stack>
  );
}

function Columns() {
  return (
    <>
      {" "}
      Members of the contract are columns, as text, null where they are missing; <code>raw</code> is the whole record.{" "}
      <Link href="/api/docs" target="_blank" rel="noopener">
        More
      </Link>
    </>
  );
}

function Fields({ draft, change }: { draft: Draft; change: (part: Partial<Draft>) => void }) {
  if (draft.way === "none") return null;
  if (draft.way === "members") return <Members members={draft.members} onChange={(members) => change({ members })} />;
  const way = draft.way;
  return (
    <TextField
      label={way === "merge" ? "JSON merge patch" : "SQL expression of the record"}
      multiline
      minRows={3}
      fullWidth
      value={draft[way]}
      onChange={(event) => change({ [way]: event.target.value })}
      slotProps={{ htmlInput: { spellCheck: false, sx: mono } }}
    />
  );
}

function Members({ members, onChange }: { members: Member[]; onChange: (members: Member[]) => void }) {
  const put = (place: number, part: Partial<Member>): void =>
    onChange(members.map((member, at) => (at === place ? { ...member, ...part } : member)));
  return (
    <>
      {members.map(({ name, expression }, place) => (
        <Stack key={place} direction={{ xs: "column", sm: "row" }} spacing={1}>
          <TextField
            label="Member"
            size="small"
            value={name}
            onChange={(event) => put(place, { name: event.target.value })}
            slotProps={{ htmlInput: { spellCheck: false, sx: mono } }}
          />
          <TextField
            label="SQL expression"
            size="small"
            fullWidth
            multiline
            value={expression}
            onChange={(event) => put(place, { expression: event.target.value })}
            slotProps={{ htmlInput: { spellCheck: false, sx: mono } }}
          />
          {members.length > 1 && (
            <Button size="small" onClick={() => onChange(members.filter((_, at) => at !== place))}>
              Drop
            </Button>
          )}
        </Stack>
      ))}
      <Button
        size="small"
        sx={{ alignSelf: "start" }}
        onClick={() => onChange([...members, { name: "", expression: "" }])}
      >
        Another member
      </Button>
    </>
  );
}
