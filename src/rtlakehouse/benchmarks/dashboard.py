"""What a person who opens the dashboard waits for, and whether it stutters: measured in a real Chromium."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from rtlakehouse.api.page.dashboard import BUILT
from rtlakehouse.benchmarks.chromium import chromium, require_chromium
from rtlakehouse.benchmarks.figure import Benchmark, Figure, Limit, Scale, percentile
from rtlakehouse.benchmarks.file_to_gold import replay
from rtlakehouse.benchmarks.frames import Watched, watch
from rtlakehouse.benchmarks.lakehouse import running
from rtlakehouse.benchmarks.workload import write_events
from rtlakehouse.errors import UsageError

if TYPE_CHECKING:
    from playwright.sync_api import Browser

__all__ = ["DASHBOARD", "require_browser"]

_RATE = 300
# The day before: as many events a minute as a small shop has, in every minute of it.
_DAY = timedelta(days=1)
_DAY_EVENTS = 144_000
_VISITS = 5
_PATIENCE_MS = 60_000
# Each view is looked at so often, and an empty page in between.
_TURNS = 2
# What the machine itself does, with all else running.
_EMPTY = "about:blank"

_PAINT = "() => performance.getEntriesByName('first-contentful-paint')[0].startTime"
# A figure of the range: the skeleton before it has no such name.
_FIGURES = "() => performance.now() * (document.querySelector('[role=group][aria-label=Events]') !== null)"

# Frames are looked at once all is there: how long that takes is told by itself.
_ON_SCREEN = f"() => ({_FIGURES})() > 0 && document.querySelector('[aria-label=Loading]') === null"


@dataclass(frozen=True)
class _View:
    name: str
    what: str
    path: str


_VIEWS = (
    _View("hour", "hour", "/"),
    _View("day", "day", "/?range=1d"),
    _View("minutes", "day in its 1,440 minutes", "/?range=1d&step=1m"),
)


def require_browser() -> None:
    """Raise UsageError with the way to what is missing."""
    require_chromium()
    if not BUILT.is_dir():
        raise UsageError("The dashboard is not built; run `make dashboard`.")


def _measure(folder: Path, scale: Scale) -> Iterator[Figure]:
    lines = folder / "events.jsonl"
    write_events(lines, _DAY_EVENTS, datetime.now(UTC) - _DAY, _DAY_EVENTS / _DAY.total_seconds())
    replay(lines, folder / "lake")
    with running(folder / "lake", simulate_rate=_RATE) as lakehouse, chromium() as browser:
        address = f"http://127.0.0.1:{lakehouse.port}"
        visits = [_visit(browser, f"{address}/") for _ in range(_VISITS)]
        yield from _waits([paint for paint, _ in visits], [figures for _, figures in visits])
        for view in _VIEWS:
            yield _smooth(view, *_frames(browser, f"{address}{view.path}", scale.latency_s))


def _visit(browser: Browser, address: str) -> tuple[float, float]:
    """Milliseconds from asking for the page to its first paint and to its figures, with nothing of it in a cache."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, bypass_csp=True)
    page = context.new_page()
    page.goto(address, wait_until="commit")
    figures = page.wait_for_function(_FIGURES, timeout=_PATIENCE_MS).json_value()
    paint = page.evaluate(_PAINT)
    context.close()
    return float(paint), float(figures)


def _frames(browser: Browser, address: str, seconds: float) -> tuple[Watched, Watched, float]:
    """Frames of the page while it streams, and of an empty one in turn with it: what the machine itself loses comes and goes.

    With how much of the processors a virtual machine's host gave to others meanwhile, in a hundred.
    """
    page, empty = Watched(), Watched()
    before = psutil.cpu_times()
    for _ in range(_TURNS):
        for path, watched in ((address, page), (_EMPTY, empty)):
            context = browser.new_context(viewport={"width": 1280, "height": 800}, bypass_csp=True)
            shown = context.new_page()
            shown.goto(path)
            if path != _EMPTY:
                shown.wait_for_function(_ON_SCREEN, timeout=_PATIENCE_MS)
            watch(shown, seconds / _TURNS, watched)
            context.close()
    return page, empty, _stolen(before, psutil.cpu_times())


def _stolen(before: Any, after: Any) -> float:
    """Of psutil's times of all processors; where the system does not tell, nothing."""
    passed: dict[str, float] = {name: getattr(after, name) - getattr(before, name) for name in after._fields}
    return 100 * passed.get("steal", 0.0) / sum(passed.values())


def _waits(paints: Sequence[float], figures: Sequence[float]) -> Iterator[Figure]:
    yield Figure("dashboard_first_paint", f"first paint, the middle of {len(paints)} visits", percentile(paints, 50), "ms", 1_000)
    what = f"from asking for the page to its key figures, the middle of {len(figures)} visits"
    yield Figure("dashboard_first_figures", what, percentile(figures, 50), "ms")


def _smooth(view: _View, page: Watched, empty: Watched, stolen: float) -> Figure:
    beside = [
        Limit("an empty page, in turn with it", empty.share, "%"),
        Limit("frames not drawn", page.missing, "frames"),
        Limit("of them with too much work of the page's own", page.own, "frames"),
        Limit("longest time without a frame", page.longest_ms, "ms"),
        Limit("taken by the host of a virtual machine", stolen, "%"),
    ]
    what = f"overview of the last {view.what} at {_RATE} events/s: frames that were not drawn"
    return Figure(f"dashboard_dropped_{view.name}", what, page.share, "%", 0, beside=beside)


DASHBOARD = Benchmark("dashboard", "open the dashboard in a browser while events come in", _measure, require_browser)
