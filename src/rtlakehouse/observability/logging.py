"""Logs: one line an event, for people on a terminal and as JSON elsewhere."""

from __future__ import annotations

import logging
import sys

import structlog

from rtlakehouse.settings import Settings

__all__ = ["configure"]


def configure(settings: Settings, part: str) -> None:
    """Send this process's logs to standard error; every line names the part (`engine`, `api`, ...)."""
    human = settings.log_format == "human" or (settings.log_format == "auto" and sys.stderr.isatty())
    # Plain tracebacks: the rich ones print every local variable, which takes seconds and shows what nobody should see.
    people = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    renderer = people if human else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[settings.log_level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    structlog.contextvars.bind_contextvars(part=part)
