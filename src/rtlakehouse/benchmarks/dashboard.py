"""What a person who opens the dashboard waits for, and whether it stutters: measured in a real Chromium."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from rtlakehouse.api.page.dashboard import BUILT
from rtlakehouse.benchmarks.figure import Benchmark, Figure, Limit, Scale, percentile
from rtlakehouse.benchmarks.file_to_gold import replay
from rtlakehouse.benchmarks.lakehouse import running
from rtlakehouse.benchmarks.workload import write_events
from rtlakehouse.errors import UsageError

if TYPE_CHECKING:
    from playwright.sync_api import Browser

__all__ = ["DASHBOARD", "dropped", "require_browser"]

_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_RATE = 300
# The day before: as many events a minute as a small shop has, in every minute of it.
_DAY = timedelta(days=1)
_DAY_EVENTS = 144_000
_VISITS = 5
_FRAME_MS = 1000 / 60
_PATIENCE_MS = 60_000
# What the machine itself does, with all else running.
_EMPTY = "about:blank"

_PAINT = "() => performance.getEntriesByName('first-contentful-paint')[0].startTime"
# A figure of the range: the skeleton before it has no such name.
_FIGURES = "() => performance.now() * (document.querySelector('[role=group][aria-label=Events]') !== null)"
_FRAMES = """(ms) => new Promise((done) => {
    const times = [];
    const next = (now) => {
        times.push(now);
        if (now - times[0] < ms) requestAnimationFrame(next);
        else done(times);
    };
    requestAnimationFrame(next);
})"""


def require_browser() -> None:
    """Raise UsageError with the way to what is missing."""
    if find_spec("playwright") is None:
        raise UsageError(
            "The dashboard is measured with playwright: `pip install playwright`, or run it in a checkout of the sources."
        )
    if not BUILT.is_dir():
        raise UsageError("The dashboard is not built; run `make dashboard`.")
    if _browser() is None:
        raise UsageError("The dashboard is measured in Chromium, which is not there; install it: apt-get install -y chromium")


def _browser() -> str | None:
    return next((found for name in _BROWSERS if (found := shutil.which(name))), None)


def _measure(folder: Path, scale: Scale) -> Iterator[Figure]:
    lines = folder / "events.jsonl"
    write_events(lines, _DAY_EVENTS, datetime.now(UTC) - _DAY, _DAY_EVENTS / _DAY.total_seconds())
    replay(lines, folder / "lake")
    with running(folder / "lake", simulate_rate=_RATE) as lakehouse, _chromium() as browser:
        address = f"http://127.0.0.1:{lakehouse.port}"
        visits = [_visit(browser, f"{address}/") for _ in range(_VISITS)]
        yield from _waits([paint for paint, _ in visits], [figures for _, figures in visits])
        still = _lost(_frames(browser, _EMPTY, scale.latency_s))
        for name, path in (("hour", "/"), ("day", "/?range=1d")):
            yield _smooth(name, _frames(browser, f"{address}{path}", scale.latency_s), still)


@contextmanager
def _chromium() -> Iterator[Browser]:
    # Only here: what it needs comes with a checkout's development, and no other command has to have it.
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_browser())
        yield browser
        browser.close()


def _visit(browser: Browser, address: str) -> tuple[float, float]:
    """Milliseconds from asking for the page to its first paint and to its figures, with nothing of it in a cache."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, bypass_csp=True)
    page = context.new_page()
    page.goto(address, wait_until="commit")
    figures = page.wait_for_function(_FIGURES, timeout=_PATIENCE_MS).json_value()
    paint = page.evaluate(_PAINT)
    context.close()
    return float(paint), float(figures)


def _frames(browser: Browser, address: str, seconds: float) -> list[float]:
    """When frames were drawn, in milliseconds, while the page streams, or while an empty one does nothing."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, bypass_csp=True)
    page = context.new_page()
    page.goto(address)
    if address != _EMPTY:
        page.wait_for_function(_FIGURES, timeout=_PATIENCE_MS)
    times = page.evaluate(_FRAMES, seconds * 1000)
    context.close()
    return [float(time) for time in times]


def dropped(times: Sequence[float]) -> int:
    """How many frames of 60 a second were not drawn, from when those that were drawn were."""
    gaps = (after - before for before, after in pairwise(times))
    return sum(max(0, round(gap / _FRAME_MS) - 1) for gap in gaps)


def _waits(paints: Sequence[float], figures: Sequence[float]) -> Iterator[Figure]:
    yield Figure("dashboard_first_paint", f"first paint, the middle of {len(paints)} visits", percentile(paints, 50), "ms", 1_000)
    what = f"from asking for the page to its key figures, the middle of {len(figures)} visits"
    yield Figure("dashboard_first_figures", what, percentile(figures, 50), "ms")


def _lost(times: Sequence[float]) -> float:
    """Frames that were not drawn, in a hundred."""
    lost = dropped(times)
    return 100 * lost / (lost + len(times))


def _smooth(name: str, times: Sequence[float], still: float) -> Figure:
    longest = max(after - before for before, after in pairwise(times))
    what = f"overview of the last {name} at {_RATE} events/s: frames that were not drawn"
    beside = [Limit("an empty page", still, "%"), Limit("longest time without a frame", longest, "ms")]
    return Figure(f"dashboard_dropped_{name}", what, _lost(times), "%", 0, beside=beside)


DASHBOARD = Benchmark("dashboard", "open the dashboard in a browser while events come in", _measure, require_browser)
