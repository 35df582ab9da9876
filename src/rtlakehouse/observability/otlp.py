"""Traces to a receiver that speaks OTLP over HTTP, by OpenTelemetry. Nothing of that is imported while traces are off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from threading import Thread
from typing import TYPE_CHECKING, Any

from rtlakehouse import __version__, tracing
from rtlakehouse.errors import UsageError
from rtlakehouse.settings import Settings, traces_wanted
from rtlakehouse.tracing import HEADER, Kind, Past, Span

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Link
    from opentelemetry.trace import Span as OtelSpan

__all__ = ["require_extra", "start_tracing"]

# A receiver that does not answer keeps no process from ending for longer.
_CLOSE_S = 2.0
_PATH = "/v1/traces"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_US = timedelta(microseconds=1)


def start_tracing(settings: Settings, part: str) -> None:
    """Send traces of this process where the settings or OpenTelemetry's own variables say, if they do.

    Raises UsageError where the extra is missing.
    """
    if traces_wanted(settings):
        require_extra()
        tracing.use(_Tracer(_provider(settings, part)))


def require_extra() -> None:
    """Raise UsageError with the command that installs what is missing."""
    if missing := [name for name in ("opentelemetry.sdk", "opentelemetry.exporter") if find_spec(name) is None]:
        raise UsageError(f"Traces need {', '.join(missing)}: `pip install 'rtlakehouse[tracing]'`.")


def _provider(settings: Settings, part: str) -> TracerProvider:
    """Sends in the background, and what is left when the process ends."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.sdk.trace.sampling import ParentBasedTraceIdRatio

    resource = Resource.create()
    if str(resource.attributes.get("service.name", "")).startswith("unknown_service"):
        resource = resource.merge(Resource({"service.name": f"rtlakehouse-{part}"}))
    resource = resource.merge(Resource({"service.namespace": "rtlakehouse", "service.version": __version__}))
    # None: as OpenTelemetry's own variables say, which is all of them where they say nothing.
    sampler = ParentBasedTraceIdRatio(settings.otlp_share) if settings.otlp_share < 1 else None
    provider = TracerProvider(sampler, resource)
    endpoint = f"{settings.otlp_endpoint.rstrip('/')}{_PATH}" if settings.otlp_endpoint else None
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
    return provider


class _Span:
    """See `tracing.Span`."""

    def __init__(self, made: OtelSpan) -> None:
        self._made = made

    def note(self, attributes: Mapping[str, Any]) -> None:
        self._made.set_attributes(attributes)

    def name_it(self, name: str) -> None:
        self._made.update_name(name)

    def fail(self, why: str) -> None:
        from opentelemetry.trace import Status, StatusCode

        self._made.set_status(Status(StatusCode.ERROR, why))


class _Tracer:
    """See `tracing.Tracer`."""

    def __init__(self, provider: TracerProvider) -> None:
        from opentelemetry.context import Context
        from opentelemetry.trace import SpanKind
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        self._provider = provider
        self._kinds = {kind.name.lower(): kind for kind in SpanKind}
        self._nowhere = Context()
        self._tracer = provider.get_tracer("rtlakehouse", __version__)
        self._propagator = TraceContextTextMapPropagator()

    @contextmanager
    def span(
        self,
        name: str,
        attributes: Mapping[str, Any],
        kind: Kind,
        parent: str | None,
        links: Sequence[str],
        begun: datetime | None,
    ) -> Iterator[Span]:
        with self._tracer.start_as_current_span(
            name,
            None if parent is None else self._within(parent),
            self._kinds[kind],
            attributes,
            self._links(links) if links else None,
            None if begun is None else _nanoseconds(begun),
        ) as made:
            yield _Span(made)

    def tell(self, past: Past, parent: str, links: Sequence[str]) -> None:
        self._tell(past, self._within(parent) if parent else None, self._links(links))

    def current(self) -> str:
        from opentelemetry.trace import get_current_span

        if not get_current_span().is_recording():
            return ""
        carrier: dict[str, str] = {}
        self._propagator.inject(carrier)
        return carrier.get(HEADER, "")

    def trace_id(self) -> str:
        from opentelemetry.trace import format_trace_id, get_current_span

        context = get_current_span().get_span_context()
        return format_trace_id(context.trace_id) if context.is_valid else ""

    def close(self) -> None:
        closing = Thread(target=self._provider.shutdown, daemon=True)
        closing.start()
        closing.join(_CLOSE_S)

    def _tell(self, past: Past, within: Context | None, links: Sequence[Link]) -> None:
        from opentelemetry.trace import set_span_in_context

        made = self._tracer.start_span(
            past.name, within, attributes=past.attributes, links=links, start_time=_nanoseconds(past.begun)
        )
        for step in past.steps:
            self._tell(step, set_span_in_context(made), ())
        made.end(_nanoseconds(past.ended))

    def _within(self, parent: str) -> Context:
        """The context of that text alone; with a text that is none, one without a parent."""
        return self._propagator.extract({HEADER: parent}, self._nowhere) if parent else self._nowhere

    def _links(self, texts: Sequence[str]) -> list[Link]:
        from opentelemetry.trace import Link, get_current_span

        contexts = [get_current_span(self._within(text)).get_span_context() for text in texts]
        return [Link(context) for context in contexts if context.is_valid]


def _nanoseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _US * 1000
