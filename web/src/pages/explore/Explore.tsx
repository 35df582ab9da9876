import { Stack, Typography } from "@mui/material";

import type { Schemas } from "../../api/client";
import { RANGES, useView } from "../../app/view";
import { useSpan, type Span } from "../../live/span";
import { Failed, Loading, Panel } from "../../ui/Panel";
import { Found } from "../../ui/Found";
import { HowToStart } from "../../ui/HowToStart";
import { RangeSelect } from "../../ui/RangeSelect";
import { Answer } from "./Answer";
import { dimensionsOf, FIRST_METRIC, grainsOf, read, stepOf, type Grain } from "./choice";
import { Choices } from "./Choices";
import { Filters } from "./Filters";
import { useCatalogue, type Question } from "./reads";

/** Any figure, told apart by what, step by step, of which events: without writing SQL. */
export function Explore() {
  const catalogue = useCatalogue();
  return (
    <Stack spacing={2}>
      <Stack direction="row" spacing={2} sx={{ alignItems: "center", justifyContent: "space-between" }}>
        <Typography variant="h1">Explore</Typography>
        <RangeSelect />
      </Stack>
      <Found query={catalogue} height={480}>
        {(found) => <Asking catalogue={found} />}
      </Found>
    </Stack>
  );
}

function Asking({ catalogue }: { catalogue: Schemas["MetricsCatalog"] }) {
  const { filter, range, asOf } = useView();
  const { span, error, pending } = useSpan();
  const wanted = filter("metric") ?? FIRST_METRIC;
  const metric = catalogue.metrics.find(({ name }) => name === wanted);
  if (metric === undefined)
    return <Failed error={new Error(`There is no metric ${wanted}; choose one of the list.`)} />;
  const by = metric.dimensions.find((name) => name === filter("by")) ?? null;
  const grains = grainsOf(range, metric);
  const grain = grains.find((name) => name === filter("steps")) ?? usual(grains, RANGES[range].step);
  const filters = read(filter("where"), catalogue.dimensions);
  const question = (whole: Span): Question => ({
    metrics: [metric.name],
    dimensions: dimensionsOf(metric, by, filters),
    filters,
    grain,
    order: stepOf(grain) === null ? [{ by: metric.name, descending: true }] : [],
    from: whole.from,
    to: whole.to,
  });
  return (
    <>
      <Panel title="What to show">
        <Stack spacing={2}>
          <Choices catalogue={catalogue} metric={metric} by={by} grain={grain} grains={grains} />
          <Filters filters={filters} metric={metric} dimensions={catalogue.dimensions} span={span} />
        </Stack>
      </Panel>
      {error ? (
        <Failed error={error} />
      ) : pending ? (
        <Loading height={320} />
      ) : span === null ? (
        <Panel title={metric.title}>
          {asOf === null ? <HowToStart said="No event has come in yet." /> : "No event was known then."}
        </Panel>
      ) : (
        <Answer metric={metric} by={by} filters={filters} question={question(span)} />
      )}
    </>
  );
}

function usual(grains: Grain[], wanted: Grain): Grain {
  return grains.includes(wanted) ? wanted : "all";
}
