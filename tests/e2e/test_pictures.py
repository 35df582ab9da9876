"""The pictures of the documentation: build/pictures/, which `make pictures` puts into docs/pictures/."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Page, ViewportSize

from e2e.conftest import StackMaker, Visit
from e2e.screen import settled, shown
from e2e.stack import Stack
from faults.programs import until
from rtlakehouse.api.page.dashboard import BUILT

pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not BUILT.is_dir(), reason="The dashboard is not built; run `make dashboard`."),
]

FOLDER = Path(__file__).parents[2] / "build" / "pictures"
SIZE: ViewportSize = {"width": 1440, "height": 1200}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
# Before the pictures are taken: the last day, and one to compare it with.
PAST = timedelta(days=2)
RATE = 3


def test_a_shop_on_a_good_day(start: StackMaker, visit: Visit, tmp_path: Path) -> None:
    stack = start()
    begin = datetime.now(UTC) - PAST
    flags = ("--rate", str(RATE), "--duration", str(PAST.total_seconds()), "--daily-rhythm", "--seed", "7", "--quiet")
    past = stack.programs.start(
        "simulate", "--to", str(tmp_path / "past.jsonl"), "--start", begin.isoformat(), *flags, lake=stack.lake
    )
    assert past.wait(seconds=300) == 0, past.said
    ingest = stack.programs.start("ingest", str(tmp_path / "past.jsonl"), lake=stack.lake)
    assert ingest.wait(seconds=300) == 0, ingest.said
    stack.simulate(rate=6)
    until(lambda: newest(stack) > begin + PAST + timedelta(minutes=2), "no live minute has ended", seconds=240)
    page = visit(stack.address, viewport=SIZE, reduced_motion="reduce")
    page.evaluate("key => sessionStorage.setItem('rtl.key', key)", stack.gateway.key)
    (minute,) = stack.gateway.get("/windows", limit=1).json()["data"]
    take(page, stack, "overview", "/?range=1d")
    take(page, stack, "explain", f"/explain/{minute['window_start']}")
    take(page, stack, "pipeline", "/pipeline")


def take(page: Page, stack: Stack, name: str, path: str) -> None:
    page.goto(stack.address + path)
    shown(page)
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        settled(page)
        page.screenshot(path=FOLDER / f"{name}-{scheme}.png")


def newest(stack: Stack) -> datetime:
    (minute,) = stack.gateway.get("/windows", limit=1).json()["data"]
    return datetime.fromisoformat(minute["window_start"])
