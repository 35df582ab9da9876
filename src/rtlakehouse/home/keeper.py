"""A lake's home, opened by whoever works on the lake: the lease is taken, the working copy filled, and each commit uploaded."""

from __future__ import annotations

import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

import structlog

from rtlakehouse.clock import Clock
from rtlakehouse.errors import DivergedError, MirrorError, NotFoundError, RtlError
from rtlakehouse.home.fencing import fence
from rtlakehouse.home.filling import MARK, Filling
from rtlakehouse.home.lease import HomeLease
from rtlakehouse.home.status import HomeStatus, write_status
from rtlakehouse.home.upload import HOME, Upload
from rtlakehouse.mirror import Objects, require_extra
from rtlakehouse.settings import Settings
from rtlakehouse.storage.durable import write_atomically
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.lock import holder
from rtlakehouse.storage.log import newest

__all__ = ["Home", "opened_home", "require_filled"]

log = structlog.get_logger(__name__)

_LOCK = "home"
# How often a look at two names tells whether there is a commit, as the engine and the API look for theirs.
_LOOK_S = 0.02
_FIRST_RETRY_S, _LAST_RETRY_S = 1.0, 30.0


class Home:
    """The home of a lake, while this process has its lease; one without a keeper to begin has nothing to do."""

    def __init__(self, begin: Callable[[Lake, Callable[[], None]], Keeper] | None = None) -> None:
        self._begin = begin
        self._keeper: Keeper | None = None

    def keep(self, lake: Lake, lost: Callable[[], None]) -> None:
        """Upload whatever is committed from now on; the lake was opened, and what a crash had left was put right.

        lost: is called when another machine has taken over. `close` raises the error then.
        """
        if self._begin is not None:
            self._keeper = self._begin(lake, lost)

    def close(self) -> bool:
        """Upload the rest. Whether nothing of this machine is missing in the home. Raises DivergedError."""
        return self._keeper is None or self._keeper.close()


class Keeper:
    """The thread that uploads."""

    def __init__(self, lake: Lake, objects: Objects, lease: HomeLease, clock: Clock, lost: Callable[[], None]) -> None:
        self._lake = lake
        self._address = objects.address
        self._lease = lease
        self._lost = lost
        self._upload = Upload(lake, objects, lease.epoch, clock)
        self._stop = threading.Event()
        self._error: RtlError | None = None
        self._is_level = False
        self._thread = threading.Thread(target=self._run, name="home", daemon=True)
        self._thread.start()

    def close(self) -> bool:
        """See `Home.close`."""
        self._stop.set()
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._is_level

    def _run(self) -> None:
        try:
            self._upload_until_stopped()
        except RtlError as error:
            # Nothing of this machine may go there any more, so nothing more may be taken in here that would have to.
            log.error("the lake has lost its home", why=str(error))  # noqa: TRY400 - the message says it all
            self._error = error
            self._lost()
        finally:
            self._upload.close()

    def _upload_until_stopped(self) -> None:
        seen: tuple[int, ...] = ()
        retry_s, behind_since, is_begun = _FIRST_RETRY_S, 0.0, False
        while True:
            is_last, now = self._stop.is_set(), _state(self._lake)
            behind_since = (behind_since or time.time()) if now != seen else 0.0
            try:
                self._lease.keep()
                if not is_begun:
                    self._upload.begin()
                    is_begun = True
                if now != seen:
                    self._say(behind_since)
                    self._upload.run(partial(self._say, behind_since))
                    self._say(0.0)
                    seen, retry_s = now, _FIRST_RETRY_S
            except DivergedError:
                raise
            except MirrorError as error:
                self._say(behind_since, str(error))
                if is_last:
                    log.error("commits are on this machine only", lake=str(self._lake.root), why=str(error))  # noqa: TRY400
                    return
                log.warning("the home is behind", why=str(error), again_in_s=retry_s)
                self._stop.wait(retry_s)
                retry_s = min(2 * retry_s, _LAST_RETRY_S)
                continue
            if is_last:
                self._is_level = True
                return
            self._stop.wait(_LOOK_S)

    def _say(self, behind_since: float, trouble: str = "") -> None:
        write_status(self._lake.control, HomeStatus(self._address, self._upload.versions, behind_since or None, trouble))


@contextmanager
def opened_home(settings: Settings, clock: Clock) -> Iterator[Home]:
    """The home of the settings' lake, its working copy filled. Where another process of this machine keeps it, or where there is
    none, a Home that does nothing.

    Raises LakeLockedError where another machine works on the lake, DivergedError where one has since this one did.
    """
    lake = Lake(settings.lake)
    if not settings.home or holder(lake.control / f"{_LOCK}.lock") is not None:
        yield Home()
        return
    require_extra()
    lake.control.mkdir(parents=True, exist_ok=True)
    with lake.lock(_LOCK, clock.now()):
        objects = Objects(settings.home)
        lease = HomeLease(objects, _copy_id(lake.control), clock, timedelta(seconds=settings.home_lease_s))
        if lease.take() and objects.get(HOME) is not None:
            fence(objects, lease.epoch, clock)
        _fill(lake, objects)
        home = Home(lambda opened, lost: Keeper(opened, objects, lease, clock, lost))
        try:
            yield home
        finally:
            if home.close():
                lease.release()


def require_filled(settings: Settings) -> None:
    """Raise NotFoundError where the working copy of a lake with a home is not there yet, or not whole."""
    control = Lake(settings.lake).control
    if settings.home and (not control.is_dir() or (control / MARK).exists()):
        raise NotFoundError(
            f"{settings.lake} is no whole working copy of {settings.home} yet: start `rtl run` or `rtl up` with the same --lake."
        )


def _fill(lake: Lake, objects: Objects) -> None:
    filling = Filling(lake, objects)
    try:
        if commits := filling.run():
            log.info("the working copy was filled", lake=str(lake.root), home=objects.address, commits=commits)
    finally:
        filling.close()


def _copy_id(control: Path) -> str:
    """What this working copy is called on this machine; a copy of its folder on another one is another."""
    path = control / "copy"
    if not path.exists():
        write_atomically(path, uuid.uuid4().hex.encode())
    return f"{path.read_text('utf-8')}@{os.uname().nodename}"


def _state(lake: Lake) -> tuple[int, ...]:
    """What tells that something was committed; upkeep alone goes along with the next batch."""
    return newest(lake.path("bronze.events")), newest(lake.path("ops.ledger"))
