"""What commands that change a lake have in common."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rtlakehouse.clock import Clock
from rtlakehouse.errors import LakeLockedError
from rtlakehouse.home import opened_home
from rtlakehouse.settings import Settings
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.lock import holder

__all__ = ["require_engine_here", "working_on"]


@contextmanager
def working_on(settings: Settings, clock: Clock) -> Iterator[Lake]:
    """The lake, with no engine at work on it, what a crash had left put right, and its home, if it has one, told of all commits.

    Raises LakeLockedError where somebody works on it, be it on another machine; NotFoundError where there is no lake.
    """
    with opened_home(settings, clock) as home, Lake.open(settings.lake).lock("engine", clock.now()):
        lake = Lake.create(settings.lake)
        home.keep(lake, lambda: None)  # an error is told when it is closed
        yield lake


def require_engine_here(settings: Settings, error: LakeLockedError) -> None:
    """Raise what kept a command from working on the lake, unless it is an engine of this machine, which can be asked to."""
    if holder(Lake(settings.lake).control / "engine.lock") is None:
        raise error
