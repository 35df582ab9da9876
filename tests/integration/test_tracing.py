"""Traces, as a receiver gets them that speaks OpenTelemetry's own protocol."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog

from api.serving import NDJSON, site_on
from otlp import Receiver, receiver
from rtlakehouse import tracing
from rtlakehouse.environment import child_environment
from rtlakehouse.ingest.kafka_records import causes_of
from rtlakehouse.observability.logging import configure
from rtlakehouse.observability.otlp import start_tracing
from rtlakehouse.settings import Settings

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
STAGES = ["refine", "dedupe", "silver", "gold", "ledger"]


def event(name: str) -> bytes:
    at = round(NOW.timestamp() * 1000)
    return (
        f'{{"event_id":"{name}","event_type":"page_view","user_id":"u","product_id":"p","price":1,"quantity":1,'
        f'"currency":"EUR","ts":{at}}}'
    ).encode()


@pytest.fixture(scope="module")
def received(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receiver]:
    """What came of two posts that one batch took, a question, a statement, and one that is refused."""
    with receiver() as came:
        start_tracing(Settings(otlp_endpoint=came.endpoint), "test")
        try:
            with site_on(tmp_path_factory.mktemp("traced") / "lake", NOW) as site:
                site.post(event("a"), traceparent=PARENT)
                site.post(event("b"))
                site.refine()
                site.get("/kpis/latest")
                site.client.post("/api/v1/query", json={"sql": "select count(*) as events from silver.events"})
                site.client.post("/api/v1/events", content=b"{", headers=NDJSON | {"Content-Type": "text/plain"}, auth=None)
        finally:
            tracing.use(None)
        yield came


def test_the_trace_of_a_post_shows_its_event_from_the_request_to_gold(received: Receiver) -> None:
    shown = received.trace_of(PARENT.split("-")[1])
    assert shown[""] == ["POST /api/v1/events"]
    assert shown["POST /api/v1/events"] == ["group commit", "batch"]
    assert shown["batch"] == STAGES


def test_each_of_several_posts_of_a_batch_has_it_in_its_trace(received: Receiver) -> None:
    traces = {
        span.trace_id for span in received.named("POST /api/v1/events") if span.attributes["http.response.status_code"] == 202
    }
    assert len(traces) == 2
    assert all(received.trace_of(trace)["batch"] == STAGES for trace in traces)


def test_the_batch_has_a_trace_of_its_own_with_every_commit_and_links_to_the_posts(received: Receiver) -> None:
    posts = {
        span.trace_id for span in received.named("POST /api/v1/events") if span.attributes["http.response.status_code"] == 202
    }
    (batch,) = (span for span in received.named("batch") if span.links >= posts)
    shown = received.trace_of(batch.trace_id)
    assert shown["batch"] == STAGES
    assert (set(shown["silver"]), set(shown["gold"])) == ({"commit", "seal"}, {"commit", "seal"})
    tables = {span.attributes["rtl.table"] for span in received.named("commit") if span.trace_id == batch.trace_id}
    assert tables == {"silver.events", "gold.kpis_1m", "gold.revenue_1m", "gold.products_1m", "gold.segments_1m"}


def test_a_span_is_no_longer_than_the_one_that_it_is_within(received: Receiver) -> None:
    """Those of one process and one clock: the tests' engine lives by a clock that stands still."""
    by_id = {span.span_id: span for span in received.spans}
    within = [span for span in received.named("query") if span.parent_id in by_id]
    assert within
    assert all(by_id[s.parent_id].begun <= s.begun <= s.ended <= by_id[s.parent_id].ended for s in within)


def test_the_trace_of_a_question_shows_its_queries_and_that_of_a_statement_not_its_text(received: Receiver) -> None:
    (asked,) = received.named("GET /api/v1/kpis/latest")
    assert received.trace_of(asked.trace_id)["GET /api/v1/kpis/latest"].count("query") >= 1
    (stated,) = received.named("POST /api/v1/query")
    assert "statement" in received.trace_of(stated.trace_id)["POST /api/v1/query"]
    assert "count(*) as events" not in str(received.named("statement"))


def test_a_request_that_is_refused_says_with_which_status(received: Receiver) -> None:
    refused = [span for span in received.named("POST /api/v1/events") if span.attributes["http.response.status_code"] == 401]
    assert len(refused) == 1
    assert not refused[0].failed


def test_of_a_share_of_nothing_only_what_comes_with_a_trace_is_traced() -> None:
    with receiver() as came:
        start_tracing(Settings(otlp_endpoint=came.endpoint, otlp_share=0), "test")
        try:
            with tracing.span("ours", parent=""):
                assert tracing.current() == ""
            with tracing.span("theirs", parent=PARENT):
                assert tracing.current().split("-")[1] == PARENT.split("-")[1]
        finally:
            tracing.use(None)
    assert [span.name for span in came.spans] == ["theirs"]


def test_a_log_line_names_the_trace_that_it_is_part_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", said := io.StringIO())
    before = structlog.get_config()
    with receiver() as came:
        start_tracing(Settings(otlp_endpoint=came.endpoint), "test")
        configure(Settings(log_format="json"), "test")
        try:
            with tracing.span("work"):
                structlog.get_logger().info("at work")
            structlog.get_logger().info("afterwards")
        finally:
            tracing.use(None)
            structlog.configure(**before)
            structlog.contextvars.clear_contextvars()
    during, after = map(json.loads, said.getvalue().splitlines())
    assert during["trace_id"] == came.named("work")[0].trace_id
    assert "trace_id" not in after


class Message:
    """A record of Kafka, as far as it matters here."""

    def __init__(self, *headers: tuple[str, bytes | None]) -> None:
        self._headers = list(headers)

    def headers(self) -> list[tuple[str, bytes | None]]:
        return self._headers


def test_of_a_topics_records_those_that_say_where_they_come_from_are_followed_up_each_once() -> None:
    proper = ("traceparent", PARENT.encode())
    assert causes_of([Message(), Message(proper), Message(proper), Message(("traceparent", b"x" * 1_000))]) == [PARENT]


def test_a_command_sends_its_traces_where_the_variables_of_opentelemetry_say(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").write_bytes(event("a"))
    with receiver() as came:
        environment = child_environment() | {"OTEL_EXPORTER_OTLP_ENDPOINT": came.endpoint}
        command = [sys.executable, "-m", "rtlakehouse", "ingest", "events.jsonl"]
        subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True, timeout=60)
    (batch,) = came.named("batch")
    assert batch.service == "rtlakehouse-ingest"
    assert came.trace_of(batch.trace_id)["batch"] == STAGES


def test_nothing_of_opentelemetrys_sender_is_loaded_while_nobody_wants_traces() -> None:
    code = (
        "import sys; from rtlakehouse.settings import Settings;"
        "from rtlakehouse.observability.otlp import start_tracing; start_tracing(Settings(), 'api');"
        "sys.exit(any(name.startswith(('opentelemetry.sdk', 'opentelemetry.exporter')) for name in sys.modules))"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
