"""Days and times of day as they are named in a question, in UTC."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

__all__ = ["CLOCK", "DAY", "MONTHS", "POINT", "Point", "day_of", "month_after", "point_of"]

MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_name) if name}
_SHORT = {name[:3]: number for name, number in MONTHS.items()} | {"sept": 9}
_MONTH_NUMBERS = MONTHS | _SHORT
_WEEKDAYS = {name.lower(): number for number, name in enumerate(calendar.day_name)}

_MONTH = "|".join(sorted(_MONTH_NUMBERS, key=len, reverse=True))
_WEEKDAY = "|".join(_WEEKDAYS)
_NUMBER = r"\d{1,2}(?:st|nd|rd|th)?"
_DATE = rf"\d{{4}}-\d\d-\d\d|(?:the )?{_NUMBER} (?:of )?(?:{_MONTH})(?: \d{{4}})?|(?:{_MONTH}) {_NUMBER}(?: \d{{4}})?"
DAY = rf"(?:the )?day before yesterday|yesterday|today|(?:last |this )?(?:{_WEEKDAY})|{_DATE}"
CLOCK = r"\d{1,2}:\d\d(?::\d\d)?(?: ?[ap]m)?|\d{1,2} ?[ap]m|\d{1,2} o['\u2019]?clock|noon|midnight"
_INSTANT = r"\d{4}-\d\d-\d\dt\d\d:\d\d(?::\d\d)?z?"
# What is named as a bound: a day, a time of day, or both.
POINT = rf"{_INSTANT}|(?:{DAY})(?: at)? (?:{CLOCK})|(?:{CLOCK})(?: on)? (?:{DAY})|{DAY}|{CLOCK}"

_OF_BOTH = re.compile(
    rf"(?:(?P<day1>{DAY})(?: at)? )?(?P<clock>{CLOCK})?(?:(?: on)? ?(?P<day2>{DAY}))?|(?P<day3>{DAY})", re.ASCII
)
_NUMBERED = re.compile(rf"(?:the )?(?P<day>\d{{1,2}})\w* (?:of )?(?P<month>{_MONTH})(?: (?P<year>\d{{4}}))?", re.ASCII)
_NAMED = re.compile(rf"(?P<month>{_MONTH}) (?P<day>\d{{1,2}})\w*(?: (?P<year>\d{{4}}))?", re.ASCII)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Point:
    """day: None where only a time of day is named; clock: None where only a day is. has_minutes: `9:00` and not `9 am`."""

    day: date | None
    clock: time | None
    has_minutes: bool = True


def point_of(text: str, now: datetime) -> Point | None:
    """The point that a text names, as of a moment; None where there is no such day or time."""
    if "t" in text[10:11]:
        moment = _parsed(text.removesuffix("z"))
        return Point(moment.date(), moment.time()) if moment else None
    found = _OF_BOTH.fullmatch(text)
    if found is None:
        return None
    named = found["day1"] or found["day2"] or found["day3"]
    day = day_of(named, now.date()) if named else None
    clock = _clock(found["clock"]) if found["clock"] else None
    if (named and day is None) or (found["clock"] and clock is None):
        return None
    return Point(day, clock, found["clock"] is None or ":" in found["clock"] or found["clock"] in ("noon", "midnight"))


def day_of(text: str, today: date) -> date | None:
    """The day that a text names, the last one of that name; None where the calendar has no such day."""
    fixed = {"today": today, "yesterday": today - _DAY}
    if text in fixed:
        return fixed[text]
    if text.endswith("day before yesterday"):
        return today - 2 * _DAY
    weekday = _WEEKDAYS.get(text.rpartition(" ")[2])
    if weekday is not None:
        back = (today.weekday() - weekday) % 7
        return today - (back or (7 if text.startswith("last ") else 0)) * _DAY
    if numbered := _NUMBERED.fullmatch(text) or _NAMED.fullmatch(text):
        return _of_year(numbered["day"], numbered["month"], numbered["year"], today)
    moment = _parsed(text)
    return moment.date() if moment else None


def month_after(first: date, months: int) -> date:
    """The first day of the month that lies so many months after that of `first`."""
    index = first.year * 12 + first.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def _of_year(day: str, month: str, year: str | None, today: date) -> date | None:
    number = _MONTH_NUMBERS[month]
    for candidate in [int(year)] if year else [today.year, today.year - 1]:
        try:
            found = date(candidate, number, int(day))
        except ValueError:
            return None
        if year or found <= today:
            return found
    return None


def _parsed(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _clock(text: str) -> time | None:
    if text in ("noon", "midnight"):
        return time(12 if text == "noon" else 0)
    hour, minute, *_ = [int(number) for number in re.findall(r"\d+", text)] + [0]
    half = re.search(r"[ap]m", text)
    if half:
        hour = hour % 12 + (12 if half.group() == "pm" else 0) if hour in range(1, 13) else 24
    return time(hour, minute) if hour < 24 and minute < 60 else None
