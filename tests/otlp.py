"""A receiver of traces: a real server that takes what OpenTelemetry sends over HTTP, and shows it."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

__all__ = ["Received", "Receiver", "receiver"]


@dataclass(frozen=True)
class Received:
    """A span as it came over the wire; ids in hexadecimal, times in nanoseconds."""

    service: str
    name: str
    trace_id: str
    span_id: str
    parent_id: str
    begun: int
    ended: int
    attributes: dict[str, Any]
    links: frozenset[str]
    failed: bool


class Receiver:
    """What came so far."""

    def __init__(self) -> None:
        self.spans: list[Received] = []
        self.endpoint = ""

    def take(self, body: bytes) -> None:
        for of_service in ExportTraceServiceRequest.FromString(body).resource_spans:
            service = _plain(of_service.resource.attributes)["service.name"]
            self.spans += [_received(service, span) for scope in of_service.scope_spans for span in scope.spans]

    def named(self, name: str) -> list[Received]:
        return [span for span in self.spans if span.name == name]

    def trace_of(self, trace_id: str) -> dict[str, list[str]]:
        """The names of a trace's spans, each with those right under it in the order they ended; under '' those without parent."""
        within = [span for span in self.spans if span.trace_id == trace_id]
        names = {span.span_id: span.name for span in within}
        found: dict[str, list[str]] = {}
        for span in within:
            found.setdefault(names.get(span.parent_id, ""), []).append(span.name)
        return found


@contextmanager
def receiver() -> Iterator[Receiver]:
    """One on a free port."""
    received = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.path == "/v1/traces"
            received.take(gzip.decompress(body) if self.headers["Content-Encoding"] == "gzip" else body)
            self.send_response(200)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - as http.server names it
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        received.endpoint = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield received
        finally:
            server.shutdown()
            thread.join()


def _received(service: str, span: Any) -> Received:
    return Received(
        service,
        span.name,
        span.trace_id.hex(),
        span.span_id.hex(),
        span.parent_span_id.hex(),
        span.start_time_unix_nano,
        span.end_time_unix_nano,
        _plain(span.attributes),
        frozenset(link.trace_id.hex() for link in span.links),
        span.status.code == 2,
    )


def _plain(attributes: Any) -> dict[str, Any]:
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in attributes}
