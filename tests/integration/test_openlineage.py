"""What the engine tells of its work, held to the classes that OpenLineage's project makes of its own JSON schema."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from openlineage.client import event_v2, facet_v2
from openlineage.client.serde import Serde

from oracle import Record
from rtlakehouse.assembly import telling_lineage
from rtlakehouse.clock import SystemClock
from rtlakehouse.lineage.columns import derived, table_edges
from rtlakehouse.medallion.graph import TABLES
from rtlakehouse.settings import Settings
from rtlakehouse.storage.lake import Lake
from running import append, engine_on

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
EVENT = (
    b'{"event_id":"%d","event_type":"purchase","user_id":"u","product_id":"p","price":2,"quantity":1,"currency":"EUR",'
    b'"ts":"2026-11-24T12:00:00Z"}'
)
FACETS: dict[str, Any] = {
    "columnLineage": facet_v2.column_lineage_dataset.ColumnLineageDatasetFacet,
    "schema": facet_v2.schema_dataset.SchemaDatasetFacet,
    "version": facet_v2.dataset_version_dataset.DatasetVersionDatasetFacet,
    "outputStatistics": facet_v2.output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet,
    "jobType": facet_v2.job_type_job.JobTypeJobFacet,
    "sql": facet_v2.sql_job.SQLJobFacet,
    "processing_engine": facet_v2.processing_engine_run.ProcessingEngineRunFacet,
    "errorMessage": facet_v2.error_message_run.ErrorMessageRunFacet,
}
PARTS: dict[str, Any] = {
    "inputFields": facet_v2.column_lineage_dataset.InputField,
    "transformations": facet_v2.column_lineage_dataset.Transformation,
}


def work(lake: Lake, to: str, fails: bool = False, **settings: Any) -> None:
    """An engine's life: two batches, of which all is told, and its end."""
    chosen = Settings(lake=lake.root, openlineage=to, openlineage_every_s=1e-9, **settings)
    engine = engine_on(lake)
    try:
        with telling_lineage(chosen, "embedded", SystemClock()) as told:
            for i in range(2):
                append(lake, [Record(EVENT % i, i, NOW, NOW), Record(b"{", 10 + i, NOW, NOW)], f"m{i}")
                result = engine.step()
                assert result is not None
                told(result)
            if fails:
                raise OSError("the disk is gone")
    finally:
        engine.close()


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """The events of a file."""
    folder = tmp_path_factory.mktemp("told")
    work(Lake.create(folder / "lake"), str(folder / "events.ndjson"))
    return [json.loads(line) for line in (folder / "events.ndjson").read_text("utf-8").splitlines()]


def rebuilt_facets(facets: dict[str, Any]) -> dict[str, Any]:
    return {name: rebuilt_facet(name, said) for name, said in facets.items()}


def rebuilt_facet(name: str, said: dict[str, Any]) -> Any:
    """By the specification's class: it refuses a member that it does not know, and one that is missing."""
    made = FACETS[name](**{member: rebuilt(member, value) for member, value in said.items() if not member.startswith("_")})
    assert said["_schemaURL"] == made._get_schema()
    return _with_producer(made, said["_producer"])


def _with_producer(made: Any, producer: str) -> Any:
    made._producer = producer
    return made


def rebuilt(member: str, value: Any) -> Any:
    if member in PARTS:
        return [PARTS[member](**{inner: rebuilt(inner, v) for inner, v in one.items()}) for one in value]
    if member == "fields" and isinstance(value, dict):
        fields = facet_v2.column_lineage_dataset.Fields
        return {column: fields(inputFields=rebuilt("inputFields", one["inputFields"])) for column, one in value.items()}
    if member == "fields":
        return [facet_v2.schema_dataset.SchemaDatasetFacetFields(**one) for one in value]
    return value


def as_specified(event: dict[str, Any]) -> Any:
    """The event made anew by the specification's classes."""
    of_inputs = [event_v2.InputDataset(**{**one, "facets": rebuilt_facets(one["facets"])}) for one in event["inputs"]]
    of_outputs = [
        event_v2.OutputDataset(
            **{**one, "facets": rebuilt_facets(one["facets"]), "outputFacets": rebuilt_facets(one.get("outputFacets", {}))}
        )
        for one in event["outputs"]
    ]
    run, job = event["run"], event["job"]
    return event_v2.RunEvent(
        eventType=event_v2.RunState[event["eventType"]],
        eventTime=event["eventTime"],
        producer=event["producer"],
        run=event_v2.Run(**{**run, "facets": rebuilt_facets(run["facets"])}),
        job=event_v2.Job(**{**job, "facets": rebuilt_facets(job["facets"])}),
        inputs=of_inputs,
        outputs=of_outputs,
    )


def without_nothing(value: Any) -> Any:
    """What is written in the same way, whether nothing is said by leaving it out or by an empty value."""
    if isinstance(value, dict):
        return {k: inner for k, v in value.items() if k != "_deleted" and (inner := without_nothing(v)) not in (None, {}, [], "")}
    return [without_nothing(one) for one in value] if isinstance(value, list) else value


def test_every_event_is_what_the_specifications_own_classes_make_of_it(told: list[dict[str, Any]]) -> None:
    for event in told:
        again = Serde.to_dict(as_specified(event))
        assert without_nothing(again) == without_nothing(event)


def test_each_table_that_is_filled_has_a_run_that_starts_goes_on_and_completes(told: list[dict[str, Any]]) -> None:
    by_run: dict[tuple[str, str], list[str]] = {}
    for event in told:
        by_run.setdefault((event["job"]["name"], event["run"]["runId"]), []).append(event["eventType"])
    assert sorted(name for name, _ in by_run) == sorted({edge.target for edge in table_edges()})
    assert set(map(tuple, by_run.values())) == {("START", "RUNNING", "RUNNING", "COMPLETE")}


def test_the_tables_are_linked_as_lineage_says(told: list[dict[str, Any]]) -> None:
    def short(dataset: dict[str, Any]) -> str:
        return ".".join(Path(dataset["name"]).parts[-2:])

    links = {(short(source), short(target)) for event in told for target in event["outputs"] for source in event["inputs"]}
    assert links == {(edge.source, edge.target) for edge in table_edges()}


@pytest.mark.parametrize("table", ["silver.events", "silver.quarantine", "gold.revenue_1m", "gold.kpis_1m"])
def test_a_column_comes_from_where_lineage_says(table: str, told: list[dict[str, Any]]) -> None:
    (output,) = next(event for event in told if event["job"]["name"] == table)["outputs"]
    for column in TABLES[table].column_names:
        fields = output["facets"]["columnLineage"]["fields"].get(column, {"inputFields": []})["inputFields"]
        found = {(".".join(Path(one["name"]).parts[-2:]), one["field"]) for one in fields}
        direct = {(source.table, source.column) for source in derived(table, column).sources if source.table != table}
        assert found >= direct
        assert {name for name, _ in found} <= {edge.source for edge in table_edges() if edge.target == table}


def test_what_was_added_and_the_versions_are_told(told: list[dict[str, Any]]) -> None:
    of_silver = [event["outputs"][0] for event in told if event["job"]["name"] == "silver.events"]
    rows = [output.get("outputFacets", {}).get("outputStatistics", {}).get("rowCount") for output in of_silver]
    assert rows == [None, 1, 1, 0]
    versions = [output["facets"].get("version", {}).get("datasetVersion") for output in of_silver]
    assert versions[0] is None
    assert versions[1:] == sorted(versions[1:], key=int)
    assert versions[1] != versions[2]


def test_a_run_that_fails_says_why(tmp_path: Path) -> None:
    lake = Lake.create(tmp_path / "lake")
    with pytest.raises(OSError, match="the disk is gone"):
        work(lake, str(tmp_path / "events.ndjson"), fails=True)
    last = [json.loads(line) for line in (tmp_path / "events.ndjson").read_text("utf-8").splitlines()][-1]
    assert last["eventType"] == "FAIL"
    assert last["run"]["facets"]["errorMessage"]["message"] == "the disk is gone"
    assert without_nothing(Serde.to_dict(as_specified(last))) == without_nothing(last)


@contextmanager
def collecting(statuses: list[int]) -> Iterator[tuple[str, list[tuple[str, Any]]]]:
    """An address that answers with these statuses, then with 201; and what it took, with its key."""
    took: list[tuple[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status = statuses.pop(0) if statuses else 201
            if status == 201:
                took.append((self.headers["Authorization"], body))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - as http.server names it
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/api/v1/lineage", took
        finally:
            server.shutdown()
            thread.join()


def test_events_go_to_a_receiver_in_order_with_the_key_also_one_that_refused_at_first(tmp_path: Path) -> None:
    with collecting([503]) as (address, took):
        work(Lake.create(tmp_path / "lake"), address, openlineage_key="k")
    assert {key for key, _ in took} == {"Bearer k"}
    tables = len({edge.target for edge in table_edges()})
    assert [event["eventType"] for _, event in took] == ["START"] * tables + ["RUNNING"] * 2 * tables + ["COMPLETE"] * tables


def test_a_receiver_that_is_away_holds_up_neither_the_engine_nor_its_end(tmp_path: Path) -> None:
    lake = Lake.create(tmp_path / "lake")
    work(lake, "http://127.0.0.1:9/api/v1/lineage")
    assert lake.version("ops.ledger") == 2
