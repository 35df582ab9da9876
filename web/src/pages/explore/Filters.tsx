import { Autocomplete, Box, Button, Chip, Stack, TextField } from "@mui/material";
import { useState } from "react";

import { useView } from "../../app/view";
import type { Span } from "../../live/span";
import { OPERATORS, told, written, type Dimension, type Filter, type Metric } from "./choice";
import { Choice } from "./Choices";
import { useValues } from "./reads";

interface Props {
  filters: Filter[];
  metric: Metric;
  dimensions: Dimension[];
  span: Span | null;
}

/** Of which events the figures are: the filters that are set, and a form for one more. */
export function Filters({ filters, metric, dimensions, span }: Props) {
  const { set } = useView();
  const change = (next: Filter[]): void => set({ where: written(next) });
  const own = dimensions.filter(({ name }) => metric.dimensions.includes(name));
  return (
    <Stack spacing={1.5}>
      {filters.length > 0 && (
        <Stack direction="row" sx={{ gap: 1, flexWrap: "wrap" }}>
          {filters.map((filter, place) => (
            <Chip
              key={`${place} ${told(filter)}`}
              label={`Only where ${told(filter)}`}
              variant="outlined"
              onDelete={() => change(filters.filter((_, other) => other !== place))}
            />
          ))}
        </Stack>
      )}
      <NewFilter dimensions={own} span={span} onAdd={(filter) => change([...filters, filter])} />
    </Stack>
  );
}

interface NewProps {
  dimensions: Dimension[];
  span: Span | null;
  onAdd: (filter: Filter) => void;
}

function NewFilter({ dimensions, span, onAdd }: NewProps) {
  const [name, setName] = useState("");
  const [how, setHow] = useState("is");
  const [values, setValues] = useState<string[]>([]);
  const dimension = dimensions.find((each) => each.name === name);
  const hows = Object.entries(OPERATORS).filter(
    ([key]) => dimension?.type !== "boolean" || key === "is" || key === "not",
  );
  const [, chosen] = hows.find(([key]) => key === how) ?? hows[0] ?? [];
  if (chosen === undefined) return null;
  const single = dimension?.type === "boolean" || how === "contains" || how === "starts";
  const ready = dimension !== undefined && (!chosen.takes || values.length > 0) && (!single || values.length < 2);
  const add = (): void => {
    const typed = dimension?.type === "boolean" ? values.map((value) => value === "true") : values;
    onAdd({ dimension: name, operator: chosen.operator(values.length), values: chosen.takes ? typed : [] });
    setName("");
    setValues([]);
  };
  return (
    <Box
      component="form"
      aria-label="One more filter"
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) add();
      }}
      sx={{ display: "grid", gap: 1.5, gridTemplateColumns: { xs: "1fr", md: "13rem 10rem 1fr auto" } }}
    >
      <Choice
        label="Only where"
        value={dimension === undefined ? "" : name}
        options={[["", "any event"], ...dimensions.map((each): [string, string] => [each.name, each.title])]}
        onChoose={(next) => {
          setName(next);
          setValues([]);
        }}
      />
      {dimension !== undefined && (
        <>
          <Choice label="How" value={how} options={hows.map(([key, { label }]) => [key, label])} onChoose={setHow} />
          {chosen.takes && <Values dimension={dimension} span={span} values={values} onChange={setValues} />}
          <Button type="submit" variant="outlined" disabled={!ready} sx={{ justifySelf: "start" }}>
            Add
          </Button>
        </>
      )}
    </Box>
  );
}

interface ValuesProps {
  dimension: Dimension;
  span: Span | null;
  values: string[];
  onChange: (values: string[]) => void;
}

/** Values to choose or to write; those of most events come first. */
function Values({ dimension, span, values, onChange }: ValuesProps) {
  const known = dimension.type === "boolean" ? ["true", "false"] : dimension.values;
  const asked = useValues(known.length === 0 && span !== null ? dimension.name : null, span);
  return (
    <Autocomplete
      multiple
      freeSolo
      autoSelect
      size="small"
      options={known.length > 0 ? known : (asked.data ?? [])}
      value={values}
      onChange={(_, next) => onChange(next)}
      renderInput={(input) => <TextField {...input} label="Value" placeholder="Choose or write" />}
    />
  );
}
