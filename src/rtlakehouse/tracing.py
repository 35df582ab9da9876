"""Traces of what is done: no-ops until a tracer is put to use; what sends them is in observability/otlp.py.

Where a span belongs is a text, as in the header `traceparent` of W3C Trace Context, so that it can ride in a request, a message
or a commit, from one process to the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

__all__ = [
    "HEADER",
    "MOST_CAUSES",
    "Kind",
    "Past",
    "Span",
    "Tracer",
    "as_metadata",
    "causes_of",
    "current",
    "is_on",
    "name_trace",
    "shared",
    "span",
    "tell",
    "use",
]

Kind = Literal["internal", "server", "producer", "consumer", "client"]

# What a request and a message call the span that they come from.
HEADER = "traceparent"
# Under this name a commit says which spans its rows came from.
_CAUSES = "traces"
# As many of them as one commit or one batch follows up. Each gets spans of its own, and most of a burst are alike.
MOST_CAUSES = 32


class Span(Protocol):
    """Something that is being done."""

    def note(self, attributes: Mapping[str, Any]) -> None:
        """Say more of it."""

    def name_it(self, name: str) -> None:
        """Give it another name than it began with."""

    def fail(self, why: str) -> None:
        """Say that it did not work out, where no exception does."""


@dataclass(frozen=True)
class Past:
    """Something that was done, and what it consisted of."""

    name: str
    begun: datetime
    ended: datetime
    attributes: Mapping[str, Any] = field(default_factory=dict)
    steps: Sequence[Past] = ()


class Tracer(Protocol):
    """Makes spans and sends them off."""

    def span(
        self,
        name: str,
        attributes: Mapping[str, Any],
        kind: Kind,
        parent: str | None,
        links: Sequence[str],
        begun: datetime | None,
    ) -> AbstractContextManager[Span]:
        """A span around a block, within `parent`, else within the one there is. links: others that it has to do with."""

    def tell(self, past: Past, parent: str, links: Sequence[str]) -> None:
        """Spans of what is over, within `parent`, else within the one there is."""

    def current(self) -> str:
        """Where a span would belong that began now; empty where none is recorded."""

    def trace_id(self) -> str:
        """The trace that this is part of; empty where there is none."""

    def close(self) -> None:
        """Send what is not sent yet."""


class _Untold:
    """The span of a process that is not traced."""

    def note(self, attributes: Mapping[str, Any]) -> None:
        pass

    def name_it(self, name: str) -> None:
        pass

    def fail(self, why: str) -> None:
        pass


_untold: AbstractContextManager[Span] = nullcontext(_Untold())
_tracer: Tracer | None = None


def use(tracer: Tracer | None) -> None:
    """Trace this process from now on; None: no more. What the one before it has not sent is sent first."""
    global _tracer
    before, _tracer = _tracer, tracer
    if before is not None:
        before.close()


def is_on() -> bool:
    return _tracer is not None


def span(
    name: str,
    attributes: Mapping[str, Any] | None = None,
    *,
    kind: Kind = "internal",
    parent: str | None = None,
    links: Sequence[str] = (),
    begun: datetime | None = None,
) -> AbstractContextManager[Span]:
    """A span around a block; an exception that leaves the block is told with it. begun: where that was earlier than now."""
    if _tracer is None:
        return _untold
    return _tracer.span(name, attributes or {}, kind, parent, links, begun)


def tell(past: Past, *, parent: str = "", links: Sequence[str] = ()) -> None:
    """Spans of something that is over, within `parent`, else within the span there is."""
    if _tracer is not None:
        _tracer.tell(past, parent, links)


def current() -> str:
    """Where a span would belong that began now, to be handed on; empty where nothing is recorded."""
    return "" if _tracer is None else _tracer.current()


def causes_of(metadata: Iterable[Mapping[str, Any]]) -> list[str]:
    """The spans that the rows of commits with this metadata came from; nothing while this process is not traced."""
    if _tracer is None:
        return []
    return list(dict.fromkeys(cause for one in metadata for cause in one.get(_CAUSES, ())))[:MOST_CAUSES]


@contextmanager
def shared(name: str, attributes: Mapping[str, Any], causes: Sequence[str], now: Callable[[], datetime]) -> Iterator[None]:
    """A trace of what is done at once for many; once it is done, each of these spans has it within itself, too."""
    begun = now()
    with span(name, attributes, kind="consumer", parent="", links=causes):
        yield
        here = current()
    for cause in causes:
        tell(Past(name, begun, now(), attributes), parent=cause, links=[here])


def as_metadata(causes: Sequence[str]) -> dict[str, Any]:
    """What a commit says of the spans that its rows came from: see `causes_of`."""
    return {_CAUSES: list(causes)} if causes else {}


def name_trace(_: Any, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A processor of structlog: the line says which trace it is part of."""
    if _tracer is not None and (trace_id := _tracer.trace_id()):
        line["trace_id"] = trace_id
    return line
