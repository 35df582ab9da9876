"""Which frames of 60 a second a page in Chromium did not draw, and for which of them its own work is the reason."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["FRAME_MS", "Watched", "dropped", "watch"]

FRAME_MS = 1000 / 60

_MARK = "watched"
# The mark says where the page's clock stands on the trace's.
_FRAMES = """([ms, mark]) => new Promise((done) => {
    const times = [];
    const next = (now) => {
        times.push(now);
        if (now - times[0] < ms) requestAnimationFrame(next);
        else done(times);
    };
    performance.mark(mark);
    requestAnimationFrame(next);
})"""
# Tasks of the page's threads with the processor's time that each took, and the mark. What else Chromium can trace costs more.
_CATEGORIES = ["disabled-by-default-devtools.timeline", "devtools.timeline", "blink.user_timing"]
# Of the main thread and the compositor; of the threads that draw.
_TASKS = ("RunTask", "RasterTask")
_WAIT_MS = 20

Event = Mapping[str, Any]


def dropped(times: Sequence[float]) -> int:
    """How many frames of 60 a second were not drawn, from when, in milliseconds, those that were drawn were."""
    return sum(_missing(*gap) for gap in pairwise(times))


def _missing(before: float, after: float) -> int:
    return max(0, round((after - before) / FRAME_MS) - 1)


@dataclass
class Watched:
    """What was seen of a page, maybe in several turns."""

    drawn: int = 0
    missing: int = 0
    """Frames that were not drawn."""
    own: int = 0
    """Those of them during which a thread of the page had more work than a frame has time, by the processor's clock."""
    longest_ms: float = 0
    """The longest time without a frame."""
    work_ms: list[float] = field(default_factory=list)
    """Of each gap, how much of the processor's time the page's busiest thread took in it."""

    @property
    def share(self) -> float:
        """Frames that were not drawn, in a hundred."""
        return 100 * self.missing / (self.missing + self.drawn)

    def add(self, times: Sequence[float], trace: Iterable[Event]) -> None:
        """One more turn: when frames were drawn, in the page's milliseconds, and what Chromium traced meanwhile."""
        threads, offset_ms = _work(trace)
        self.drawn += len(times)
        for before, after in pairwise(times):
            self.longest_ms = max(self.longest_ms, after - before)
            if missing := _missing(before, after):
                work_ms = max((_within(tasks, before + offset_ms, after + offset_ms) for tasks in threads), default=0.0)
                self.work_ms.append(work_ms)
                self.missing += missing
                self.own += missing if work_ms > FRAME_MS else 0


def watch(page: Page, seconds: float, into: Watched) -> None:
    """Look at which frames a page draws."""
    session = page.context.browser.new_browser_cdp_session()  # type: ignore[union-attr] # Playwright's own have one.
    trace: list[Event] = []
    ended: list[Event] = []
    # Playwright marks what it is given, which a method of a list does not bear.
    session.on("Tracing.dataCollected", lambda event: trace.extend(event["value"]))
    session.on("Tracing.tracingComplete", lambda event: ended.append(event))
    session.send("Tracing.start", {"traceConfig": {"includedCategories": _CATEGORIES}, "transferMode": "ReportEvents"})
    times = page.evaluate(_FRAMES, [seconds * 1000, _MARK])
    session.send("Tracing.end")
    while not ended:
        page.wait_for_timeout(_WAIT_MS)
    session.detach()
    into.add([float(time) for time in times], trace)


@dataclass(frozen=True)
class _Task:
    start_ms: float
    end_ms: float
    cpu_ms: float


def _work(trace: Iterable[Event]) -> tuple[list[list[_Task]], float]:
    """The tasks of each thread of the process that set the mark, and what the trace's clock is ahead of the page's by."""
    tasks: dict[tuple[int, int], list[_Task]] = defaultdict(list)
    marked: Event | None = None
    for event in trace:
        if event["name"] == _MARK:
            marked = event
        elif event["ph"] == "X" and event["name"] in _TASKS:
            start_ms, long_ms = event["ts"] / 1000, event.get("dur", 0) / 1000
            task = _Task(start_ms, start_ms + long_ms, event.get("tdur", event.get("dur", 0)) / 1000)
            tasks[event["pid"], event["tid"]].append(task)
    if marked is None:
        raise LookupError("Chromium traced no mark of the page.")
    own = [found for (process, _), found in tasks.items() if process == marked["pid"]]
    return own, marked["ts"] / 1000 - marked["args"]["data"]["startTime"]


def _within(tasks: Iterable[_Task], start_ms: float, end_ms: float) -> float:
    """The processor's time of tasks in a stretch of time; of one that is partly in it, that part."""
    spent = 0.0
    for task in tasks:
        inside = min(task.end_ms, end_ms) - max(task.start_ms, start_ms)
        if inside > 0:
            spent += task.cpu_ms * inside / (task.end_ms - task.start_ms)
    return spent
