"""The keys that a start makes by itself: the first of a lake, and the simulator's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from rtlakehouse.control import Keys, Role
from rtlakehouse.ingest.records import DEFAULT_TENANT

__all__ = ["say_first_key", "simulator_key"]

_SIMULATOR = "simulator of rtl up"


def say_first_key(keys: Keys) -> None:
    """Make an administrator's key where there is none at all, and print it, this once."""
    made = keys.create_first(DEFAULT_TENANT, Role.ADMIN, "first start")
    if made is not None:
        typer.echo(f"\n  Admin key  {made[1]}\n  Keep it: it is shown this once. `rtl keys create --role admin` makes another.")


@contextmanager
def simulator_key(keys: Keys) -> Iterator[str]:
    """A key to post with, revoked at the end; those of starts that were killed are revoked now."""
    _revoke(keys)
    try:
        yield keys.create(DEFAULT_TENANT, Role.INGEST, _SIMULATOR)[1]
    finally:
        _revoke(keys)


def _revoke(keys: Keys) -> None:
    for key in keys.list(DEFAULT_TENANT):
        if key.name == _SIMULATOR and key.revoked_at is None:
            keys.revoke(key.id)
