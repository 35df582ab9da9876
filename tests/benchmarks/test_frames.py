"""Frames that a page did not draw are counted, and told apart by whose work it was."""

from __future__ import annotations

from typing import Any

import pytest

from needing import missing
from rtlakehouse.benchmarks.chromium import chromium, require_chromium
from rtlakehouse.benchmarks.frames import Watched, dropped, watch
from rtlakehouse.errors import UsageError

PAGE, OTHER = 7, 8
# Each second the page does nothing else for 100 ms.
BUSY = "<script>setInterval(() => { const end = performance.now() + 100; while (performance.now() < end); }, 1000)</script>"


def task(process: int, start_ms: float, cpu_ms: float, long_ms: float | None = None) -> dict[str, Any]:
    times = {"ts": 1000 * start_ms, "dur": 1000 * (long_ms or cpu_ms), "tdur": 1000 * cpu_ms}
    return {"name": "RunTask", "ph": "X", "pid": process, "tid": 1, **times}


def watched(*tasks: dict[str, Any]) -> Watched:
    """A page whose clock began 500 ms after the trace's, and which drew nothing from 116.7 to 166.7 ms, of its own clock."""
    mark = {"name": "watched", "ph": "I", "pid": PAGE, "tid": 1, "ts": 590_000, "args": {"data": {"startTime": 90.0}}}
    found = Watched()
    found.add([100.0, 116.7, 166.7, 183.3], [*tasks, mark])
    return found


def test_frames_are_dropped_where_more_than_one_should_have_been_drawn() -> None:
    assert dropped([0.0, 16.7, 33.3, 83.3, 100.0]) == 2
    assert dropped([0.0, 18.0, 33.0, 50.0]) == 0


def test_a_frame_is_the_pages_own_where_it_worked_longer_than_a_frame_lasts() -> None:
    found = watched(task(PAGE, 620, 30.0))
    assert (found.missing, found.own, found.drawn) == (2, 2, 4)
    assert found.share == pytest.approx(100 * 2 / 6)
    assert found.longest_ms == pytest.approx(50)


def test_a_page_that_waited_for_the_processor_or_for_others_is_not_what_lost_the_frame() -> None:
    found = watched(task(PAGE, 620, 5.0, long_ms=40), task(OTHER, 620, 40.0), task(PAGE, 400, 60.0))
    assert (found.missing, found.own) == (2, 0)
    assert found.work_ms == pytest.approx([5.0])


def test_turns_add_up() -> None:
    found = watched(task(PAGE, 620, 30.0))
    found.add([0.0, 16.7], [{"name": "watched", "ph": "I", "pid": 1, "tid": 1, "ts": 1, "args": {"data": {"startTime": 0.0}}}])
    assert (found.missing, found.own, found.drawn) == (2, 2, 6)


def test_in_a_browser_a_page_that_blocks_itself_is_seen_to() -> None:
    try:
        require_chromium()
    except UsageError as error:
        missing(str(error))
    found = Watched()
    with chromium() as browser:
        page = browser.new_page()
        page.set_content(BUSY)
        watch(page, 1.5, found)
    assert found.own >= 4
    assert found.longest_ms > 50
