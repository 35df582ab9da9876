"""Pausing the engine and having it go on, written down where that changes something."""

from __future__ import annotations

import msgspec
import structlog

from rtlakehouse.api.access import Caller
from rtlakehouse.api.deps import Parts
from rtlakehouse.api.pipeline.schemas import PauseState
from rtlakehouse.clock import isoformat
from rtlakehouse.control import Action, Audit, one_at_a_time
from rtlakehouse.storage import pause as note

__all__ = ["pause", "resume"]

log = structlog.get_logger(__name__)

_WHAT = "pipeline"


def pause(parts: Parts, caller: Caller, why: str) -> PauseState:
    """Have the engine take no further batch; an earlier pause stays as it is. Raises StoreError: then nothing was changed."""
    with parts.store.writing() as connection:
        one_at_a_time(connection, _WHAT)
        if (present := note.read_pause(parts.lake)) is not None:
            return _told(present, paused=True)
        Audit(parts.store, parts.clock).record(caller.tenant_id, caller.who, Action.PIPELINE_PAUSE, why=why)
        found = note.pause(parts.lake, note.Pause(at=isoformat(parts.clock.now()), by=caller.tenant_id, why=why))
    log.warning("the pipeline is paused", by=found.by, why=found.why, since=found.at)
    return _told(found, paused=True)


def resume(parts: Parts, caller: Caller) -> PauseState:
    """Have the engine go on; the pause that ended. Raises StoreError: then nothing was changed."""
    with parts.store.writing() as connection:
        one_at_a_time(connection, _WHAT)
        if note.read_pause(parts.lake) is None:
            return _told(None, paused=False)
        Audit(parts.store, parts.clock).record(caller.tenant_id, caller.who, Action.PIPELINE_RESUME)
        ended = note.resume(parts.lake)
    log.warning("the pipeline goes on", paused_since=ended.at if ended else None)
    return _told(ended, paused=False)


def _told(pause: note.Pause | None, *, paused: bool) -> PauseState:
    return PauseState.model_validate({"paused": paused, "pause": msgspec.to_builtins(pause) if pause else None})
