"""Who may write a lake's home: a lease in the object store, of one working copy at a time, over machines.

Each holder's lease is an object of its own, `_rtl/lease/<epoch>.json`, made by a conditional put: the highest epoch is the one in
force, and of two that want the next one, one gets it. Its holder writes it anew to say that it is alive. Whoever wants to follow
watches that it does not for as long as the lease says: by its own clock, so that clocks need not agree.
"""

from __future__ import annotations

import os
import time
from datetime import timedelta

import msgspec
import structlog

from rtlakehouse.clock import Clock, isoformat
from rtlakehouse.errors import DivergedError, LakeLockedError
from rtlakehouse.mirror import Objects

__all__ = ["HomeLease", "said_of_lease"]

log = structlog.get_logger(__name__)

_FOLDER = "_rtl/lease"
_LOOK_S = 0.5


class _Said(msgspec.Struct, frozen=True):
    """What a lease's object says. copy: the working copy that holds it. renewed: how often. ended: given back."""

    copy: str
    host: str
    pid: int
    since: str
    length_s: float
    renewed: int = 0
    ended: bool = False


class HomeLease:
    """The lease that a working copy takes, keeps and gives back. copy: the working copy's id. epoch: 0 before it is taken."""

    def __init__(self, objects: Objects, copy: str, clock: Clock, length: timedelta) -> None:
        self._objects = objects
        self._clock = clock
        self._said = _Said(copy, os.uname().nodename, os.getpid(), isoformat(clock.now()), length.total_seconds())
        self._renew_at = 0.0
        self.epoch = 0

    def take(self) -> bool:
        """Take it, waiting until that of a holder that is gone has run out. Whether that holder may be at a write still.

        Raises LakeLockedError naming the holder where it is alive.
        """
        last, before = _newest(self._objects)
        is_others = before is not None and not before.ended and before.copy != self._said.copy
        if before is not None and is_others:
            self._outwait(last, before)
        if not self._objects.create(_path(last + 1), msgspec.json.encode(self._said)):
            raise self._refusal(_read(self._objects, last + 1))
        self.epoch = last + 1
        self._renewed()
        return is_others

    def keep(self) -> None:
        """Say that the holder is alive, when it is time to. Raises DivergedError where another has taken the lease since."""
        if self._clock.monotonic() < self._renew_at:
            return
        self._said = msgspec.structs.replace(self._said, renewed=self._said.renewed + 1)
        self._objects.put(_path(self.epoch), msgspec.json.encode(self._said))
        if (other := _read(self._objects, self.epoch + 1)) is not None:
            raise DivergedError(f"{_named(other)} has taken over {self._objects.address}, for this process was not heard of.")
        self._renewed()

    def release(self) -> None:
        """Give it back: the next may start at once, for nothing is written after this."""
        self._objects.put(_path(self.epoch), msgspec.json.encode(msgspec.structs.replace(self._said, ended=True)))

    def _outwait(self, epoch: int, before: _Said) -> None:
        log.warning("the lease of another holder runs out first", holder=_named(before), up_to_s=before.length_s)
        deadline = time.monotonic() + before.length_s
        while time.monotonic() < deadline:
            time.sleep(min(_LOOK_S, before.length_s / 4))
            now = _read(self._objects, epoch)
            if now is None or now.ended:
                return
            if now != before:
                raise self._refusal(now)

    def _refusal(self, holder: _Said | None) -> LakeLockedError:
        name = "another process" if holder is None else _named(holder)
        return LakeLockedError(f"{self._objects.address} is worked on by {name}. Stop it first, or use another lake with --lake.")

    def _renewed(self) -> None:
        self._renew_at = self._clock.monotonic() + self._said.length_s / 3


def said_of_lease(objects: Objects) -> str:
    """Whose the lease is, in words. Whether a holder that has not given it back is alive only watching it would tell."""
    epoch, said = _newest(objects)
    if said is None:
        return "nobody has had its lease yet"
    return f"its lease {'was last' if said.ended else 'is'} that of {_named(said)} (epoch {epoch:,})"


def _newest(objects: Objects) -> tuple[int, _Said | None]:
    epoch = max((int(name[:20]) for name in objects.names(_FOLDER)), default=0)
    return epoch, _read(objects, epoch)


def _read(objects: Objects, epoch: int) -> _Said | None:
    content = objects.get(_path(epoch))
    return None if content is None else msgspec.json.decode(content, type=_Said)


def _path(epoch: int) -> str:
    return f"{_FOLDER}/{epoch:020d}.json"


def _named(said: _Said) -> str:
    return f"the process {said.pid} on {said.host}, there since {said.since}"
