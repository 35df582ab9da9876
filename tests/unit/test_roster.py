"""Which segments are judged: those with the most events, from the hour on in which that could be told, until the week ends."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from rtlakehouse.anomalies.roster import Roster
from rtlakehouse.anomalies.watched import MOST_SEGMENTS, SegmentDimension, Subject, Watched

HOUR = timedelta(hours=1)
START = datetime(2026, 11, 19)  # noqa: DTZ001 - naive UTC, as in the queries


def hour(events: dict[str, int], purchases: int = 0) -> list[dict[str, Any]]:
    rest = {"page_views": 0, "purchases": purchases, "active_users": 0, "purchasing_users": 0}
    return [{"dimension": "country", "segment": segment, "events": number, **rest} for segment, number in events.items()]


def since(roster: Roster, metric: Watched = Watched.EVENTS) -> dict[str | None, datetime]:
    return {subject.segment: at for subject, at in roster.since.items() if subject.metric is metric}


def test_the_segments_with_the_most_events_come_on_and_of_as_many_those_named_first() -> None:
    roster = Roster()
    roster.close(START, hour({f"{number:02}": 100 for number in range(MOST_SEGMENTS + 5)}))
    assert list(since(roster)) == [f"{number:02}" for number in range(MOST_SEGMENTS)]
    assert set(since(roster).values()) == {START}


def test_one_that_gets_ahead_comes_on_later_and_nobody_leaves_for_that() -> None:
    roster = Roster()
    roster.close(START, hour({f"{number:02}": 100 for number in range(MOST_SEGMENTS)}))
    before = dict(roster.since)
    kept = roster.copied()
    roster.close(START + HOUR, hour({"new": 90}))
    assert roster.since == before
    roster.close(START + 2 * HOUR, hour({"new": 90}))
    assert since(roster) == since(kept) | {"new": START + 2 * HOUR}
    assert kept.since == before


def test_a_figure_comes_on_once_it_is_frequent_itself() -> None:
    roster = Roster()
    roster.close(START, hour({"DE": 500}, purchases=59))
    assert list(roster.since) == [Subject(Watched.EVENTS, None, SegmentDimension.COUNTRY, "DE")]
    roster.close(START + HOUR, hour({"DE": 500}, purchases=60))
    assert since(roster, Watched.PURCHASES) == {"DE": START + HOUR}
    assert since(roster) == {"DE": START}


def test_values_that_take_turns_are_judged_up_to_a_number_of_them() -> None:
    roster = Roster()
    for turn in range(20):
        roster.close(START + turn * HOUR, hour({f"{turn}-{number}": 100 * (turn + 1) for number in range(MOST_SEGMENTS)}))
    assert len(since(roster)) == 5 * MOST_SEGMENTS
    assert "0-0" in since(roster)
