"""Logs: one line an event, for people on a terminal and as JSON elsewhere; what libraries log, too; never a secret."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog

from rtlakehouse.observability.redaction import without_secrets
from rtlakehouse.settings import Settings
from rtlakehouse.tracing import name_trace

__all__ = ["configure"]

# Of every line, ours or a library's.
_FIRST: list[Any] = [
    structlog.contextvars.merge_contextvars,
    name_trace,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


class _OfLibraries(logging.StreamHandler[Any]):
    """What libraries log by Python's own means; there is one of it."""


def configure(settings: Settings, part: str) -> None:
    """Send this process's logs to standard error; every line names the part (`engine`, `api`, ...)."""
    human = settings.log_format == "human" or (settings.log_format == "auto" and sys.stderr.isatty())
    # Plain tracebacks: the rich ones print every local variable, which takes seconds and shows what nobody should see.
    renderer: Any = structlog.dev.ConsoleRenderer() if human else structlog.processors.JSONRenderer()
    last: list[Any] = [structlog.processors.format_exc_info, without_secrets, renderer]
    structlog.configure(
        processors=[*_FIRST, *last],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[settings.log_level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    structlog.contextvars.bind_contextvars(part=part)
    _take_in_libraries(last)


def _take_in_libraries(last: list[Any]) -> None:
    """Warnings and errors of libraries become lines like ours, with the logger's name."""
    handler = _OfLibraries(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*_FIRST, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers = [*(one for one in root.handlers if not isinstance(one, _OfLibraries)), handler]
