"""From how a rule stood and whether it holds now to how it stands: a pure function."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from rtlakehouse.control import RuleState

__all__ = ["START", "Course", "after"]


@dataclass(frozen=True)
class Course:
    """since: since when the rule holds. clear_since: of one that fires, since when it no longer holds."""

    state: RuleState
    since: datetime | None = None
    clear_since: datetime | None = None


START = Course(RuleState.INACTIVE)


def after(course: Course, holds: bool | None, now: datetime, hold: timedelta) -> Course:
    """The next course. A rule fires once it has held for `hold`, and is resolved once it has not held for as long.

    holds: None where that cannot be told; then nothing fires and nothing is resolved, and the wait begins again.
    """
    if course.state is RuleState.FIRING:
        return _firing(course, holds, now, hold)
    if not holds:
        return START
    since = course.since or now
    return Course(RuleState.FIRING if now - since >= hold else RuleState.PENDING, since)


def _firing(course: Course, holds: bool | None, now: datetime, hold: timedelta) -> Course:
    if holds is not False:
        return Course(RuleState.FIRING, course.since)
    clear_since = course.clear_since or now
    return START if now - clear_since >= hold else Course(RuleState.FIRING, course.since, clear_since)
