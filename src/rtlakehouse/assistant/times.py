"""Phrases of time in a question, and the ranges of whole minutes they mean as of a moment, in UTC."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from rtlakehouse.assistant.points import CLOCK, DAY, MONTHS, POINT, day_of, month_after, point_of

__all__ = ["TIME_WORDS", "Period", "Unit", "periods", "running"]

Unit = Literal["minute", "hour", "day", "week", "month", "quarter", "year"]
_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)
_LENGTHS: dict[Unit, timedelta] = {
    "minute": _MINUTE,
    "hour": timedelta(hours=1),
    "day": _DAY,
    "week": 7 * _DAY,
    "month": 30 * _DAY,
    "quarter": 91 * _DAY,
    "year": 365 * _DAY,
}
# Before the first event that any lake can hold.
_BEGINNING = datetime(1970, 1, 1)  # noqa: DTZ001 - naive UTC, as in the statements
Groups = Mapping[str, str]
_COUNTS = {
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "twelve": 12,
}
_COUNTS |= {"couple of": 2, "a couple of": 2}
_UNITS: dict[str, Unit] = {
    **dict.fromkeys(("minute", "minutes", "min", "mins"), "minute"),
    **dict.fromkeys(("hour", "hours", "hr", "hrs", "h"), "hour"),
    **dict.fromkeys(("day", "days", "d"), "day"),
    **dict.fromkeys(("week", "weeks", "wk", "wks"), "week"),
    **dict.fromkeys(("month", "months"), "month"),
    **dict.fromkeys(("quarter", "quarters"), "quarter"),
    **dict.fromkeys(("year", "years"), "year"),
}
_UNIT = "|".join(sorted(_UNITS, key=len, reverse=True))
_COUNT = "|".join([r"\d{1,6}", *sorted(_COUNTS, key=len, reverse=True)])
_PARTS = {"morning": (6, 12), "afternoon": (12, 18), "evening": (18, 24)}
_MONTH = "|".join(MONTHS)
_SHORTEST_CORRECTED = 4


@dataclass(frozen=True)
class Period:
    """[start, end) in whole minutes, naive UTC as the statements have it.

    unit: the calendar unit that it is one of, whose counterparts lie before it. is_running: it ends now, where it would go on.
    is_previous: it is "the one before" of whatever it is compared with.
    """

    start: datetime
    end: datetime
    unit: Unit | None = None
    is_running: bool = False
    is_previous: bool = False


@dataclass(frozen=True)
class _Rule:
    pattern: re.Pattern[str]
    read: Callable[[Groups, datetime], Period | None]


def periods(text: str, now: datetime) -> Iterator[tuple[int, int, Period]]:
    """Every phrase of time in a text of small words, with the place of its first and past its last letter.

    They may overlap: the longest is the one that is meant. now: naive UTC.
    """
    for rule in _RULES:
        for found in rule.pattern.finditer(text):
            # A pattern may name a group once for each of its alternatives: `day`, `day2`.
            groups = {name.rstrip("2"): said for name, said in found.groupdict().items() if said}
            period = _read(rule, groups, now)
            if period is not None and period.start < period.end:
                yield found.start(), found.end(), period


def _read(rule: _Rule, groups: Groups, now: datetime) -> Period | None:
    try:
        return rule.read(groups, now)
    except OverflowError:
        # Past the end of the calendar there is no such time.
        return None


def running(unit: Unit, now: datetime) -> Period:
    """This hour, day, week, month, quarter or year so far."""
    return Period(_first(unit, now), _end_of(now), unit, is_running=True)


def _end_of(now: datetime) -> datetime:
    """The end of the minute that is now."""
    return now.replace(second=0, microsecond=0) + _MINUTE


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())


def _first(unit: Unit, now: datetime) -> datetime:
    if unit in ("minute", "hour"):
        return now.replace(minute=now.minute if unit == "minute" else 0, second=0, microsecond=0)
    day = now.date()
    firsts = {
        "day": day,
        "week": day - day.weekday() * _DAY,
        "month": day.replace(day=1),
        "quarter": day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1),
        "year": day.replace(month=1, day=1),
    }
    return _midnight(firsts[unit])


def _last_many(found: Groups, now: datetime) -> Period | None:
    count = _COUNTS.get(found["count"]) or int(found["count"])
    length = _LENGTHS[_UNITS[found["unit"]]]
    end = _end_of(now)
    return Period(end - count * length, end) if timedelta() < count * length < end - _BEGINNING else None


def _last_one(found: Groups, now: datetime) -> Period:
    unit, end = _UNITS[found["unit"]], _end_of(now)
    is_previous = found["which"] in ("previous", "prior", "preceding")
    if unit in ("minute", "hour", "day") or found["which"] == "past":
        return Period(end - _LENGTHS[unit], end, is_previous=is_previous)
    last = _first(unit, now)
    return Period(_first(unit, last - _MINUTE), last, unit, is_previous=is_previous)


def _before(found: Groups, now: datetime) -> Period:
    end = _end_of(now)
    return Period(end - _DAY, end, is_previous=True)


def _this(found: Groups, now: datetime) -> Period:
    return running(_UNITS[found["unit"]], now)


def _to_date(found: Groups, now: datetime) -> Period:
    units: dict[str, Unit] = {"w": "week", "m": "month", "q": "quarter", "y": "year"}
    return running(units[found["unit"][0]], now)


def _day(found: Groups, now: datetime) -> Period | None:
    day = day_of(found["day"], now.date())
    if day is None:
        return None
    return running("day", now) if day == now.date() else Period(_midnight(day), _midnight(day + _DAY), "day")


def _part(found: Groups, now: datetime) -> Period | None:
    day = now.date() if found["day"] == "this" else day_of(found["day"], now.date())
    if day is None:
        return None
    first, last = (_midnight(day) + timedelta(hours=hour) for hour in _PARTS[found["part"]])
    return Period(first, min(last, _end_of(now)))


def _month(found: Groups, now: datetime) -> Period | None:
    year = int(found.get("year", now.year))
    first = date(year, MONTHS[found["month"]], 1)
    if "year" not in found and first > now.date():
        first = first.replace(year=year - 1)
    return Period(_midnight(first), min(_midnight(month_after(first, 1)), _end_of(now)), "month")


def _year(found: Groups, now: datetime) -> Period:
    year = int(found["year"])
    return Period(datetime(year, 1, 1), min(datetime(year + 1, 1, 1), _end_of(now)), "year")  # noqa: DTZ001


def _at(found: Groups, now: datetime) -> Period | None:
    """A minute, or an hour where only that is named; where no day is, the last one that has come."""
    point = point_of(found["point"], now)
    if point is None or point.clock is None:
        return None
    start = datetime.combine(point.day or now.date(), point.clock.replace(second=0))
    if point.day is None and start > now:
        start -= _DAY
    return Period(start, start + (_MINUTE if point.has_minutes else timedelta(hours=1)))


def _since(found: Groups, now: datetime) -> Period | None:
    point = point_of(found["point"], now)
    if point is None:
        return None
    start = datetime.combine(point.day or now.date(), point.clock or time())
    if point.day is None and start > now:
        start -= _DAY
    return Period(start.replace(second=0), _end_of(now))


def _since_month(found: Groups, now: datetime) -> Period | None:
    month = _month(found, now)
    return month and Period(month.start, _end_of(now))


def _between(found: Groups, now: datetime) -> Period | None:
    """From one point to another; a day that is named as the end is part of it."""
    first, last = (point_of(_full(found[name]), now) for name in ("first", "last"))
    if first is None or last is None:
        return None
    apart = found.get("day", found.get("before"))
    named = day_of(apart, now.date()) if apart else None
    day = first.day or named or last.day or now.date()
    until = last.day or named or (day if last.clock else now.date())
    start = datetime.combine(day, first.clock or time())
    end = datetime.combine(until, last.clock) if last.clock else _midnight(until + _DAY)
    if start > now and first.day is None and named is None:
        start, end = start - _DAY, end - _DAY
    return Period(start.replace(second=0), end.replace(second=0))


def _full(text: str) -> str:
    return f"{text}:00" if text.isdecimal() else text


def _all(found: Groups, now: datetime) -> Period:
    return Period(_BEGINNING, _end_of(now))


def _rule(pattern: str, read: Callable[[Groups, datetime], Period | None]) -> _Rule:
    return _Rule(re.compile(rf"(?<!\S)(?:{pattern})(?!\S)", re.ASCII), read)


_BOUND = rf"{POINT}|\d{{1,2}}"
_RULES = (
    _rule(rf"(?:the )?(?:last|past|previous|recent|latest) (?P<count>{_COUNT}) ?(?P<unit>{_UNIT})", _last_many),
    _rule(rf"(?:the )?(?P<which>last|past|previous|prior|preceding) (?P<unit>{_UNIT})", _last_one),
    _rule(r"(?:the )?(?:previous|prior|preceding) (?:period|range|time)|(?:the )?(?:period|time) before", _before),
    _rule(rf"(?:the )?(?:this|current) (?P<unit>{_UNIT})(?: so far)?", _this),
    _rule(r"(?P<unit>week|month|quarter|year) to date|(?P<unit2>wtd|mtd|qtd|ytd)", _to_date),
    _rule(rf"(?:the )?(?P<day>{DAY})(?: so far)?|so far (?P<day2>today)", _day),
    _rule(rf"(?:the )?(?P<day>this|{DAY}) (?P<part>{'|'.join(_PARTS)})", _part),
    _rule(rf"(?:the )?(?P<month>{_MONTH})(?: (?P<year>(?:19|20)\d\d))?", _month),
    _rule(r"(?:in |during |for |of )(?:the year )?(?P<year>(?:19|20)\d\d)", _year),
    _rule(rf"(?:at |around )?(?P<point>(?:{DAY})(?: at)? (?:{CLOCK})|(?:{CLOCK})(?: on)? (?:{DAY})|{CLOCK})", _at),
    _rule(
        rf"(?:since|after|starting|beginning) (?P<point>{POINT})"
        rf"|from (?P<point2>{POINT}) (?:on|onwards?|until now|till now|to now)",
        _since,
    ),
    _rule(rf"since (?:the )?(?P<month>{_MONTH})(?: (?P<year>(?:19|20)\d\d))?", _since_month),
    _rule(
        rf"(?:(?P<before>{DAY}) )?(?:between (?P<first>{_BOUND}) and|from (?P<first2>{_BOUND}) (?:to|until|till)) "
        rf"(?P<last>{_BOUND})(?:(?: on)? (?P<day>{DAY}))?",
        _between,
    ),
    _rule(r"(?:of )?all time|all times|ever|since ever|since the (?:beginning|start)|to date|in history", _all),
)


TIME_WORDS = frozenset(
    word
    for word in [
        "today",
        "yesterday",
        "since",
        "between",
        "last",
        "past",
        "previous",
        "morning",
        "afternoon",
        "evening",
        *_UNITS,
        *MONTHS,
        *["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"],
    ]
    if len(word) >= _SHORTEST_CORRECTED
)
