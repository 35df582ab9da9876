"""Every page as it looks, for people to judge: build/screenshots/, by lake, width, page and scheme."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import expect

from e2e.conftest import StackMaker, Visit
from e2e.places import EMPTY, places
from e2e.screen import settled, shown, state
from e2e.stack import Stack, event
from faults.programs import until
from integration import retail
from rtlakehouse.api.page.dashboard import BUILT

pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(not BUILT.is_dir(), reason="The dashboard is not built; run `make dashboard`."),
]

FOLDER = Path(__file__).parents[2] / "build" / "screenshots"
# A laptop, a phone, a screen on the wall.
WIDTHS = (1440, 390, 2560)
HEIGHT = 900
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
# Enough for each chart, and for dirt of each kind.
LIVE = 4_000
# What is looked at of a shop whose last day was in 2011: all that it ever did.
YEAR = {"overview": "/?range=1y", "explore": "/explore?by=country&range=1y", "quality": "/quality?range=1y"}


@pytest.fixture
def complaints() -> list[str]:
    """Of pictures nobody complains: what is refused is pictured, too."""
    return []


def test_on_live_data(start: StackMaker, visit: Visit) -> None:
    stack = start()
    shoppers = stack.simulate(rate=40)
    until(lambda: received(stack) >= LIVE, f"{LIVE} records are not received", seconds=180)
    shoppers.stop()
    take("live", stack, visit, places(stack))


def test_on_a_real_shop_whose_year_is_long_over(start: StackMaker, visit: Visit) -> None:
    stack = start()
    ingest = stack.programs.start("ingest", retail.FILE, "--mapping", retail.MAPPING, lake=stack.lake)
    assert ingest.wait(seconds=600) == 0, ingest.said
    take("retail", stack, visit, {name: YEAR.get(name, path) for name, path in places(stack).items()})


def test_before_the_first_event(start: StackMaker, visit: Visit) -> None:
    take("empty", start(), visit, EMPTY)


def test_with_the_engine_stopped(start: StackMaker, visit: Visit) -> None:
    stack = start()
    stack.post(event("first"), event("bad", price=-1))
    until(lambda: received(stack) == 2, "the records are not received")
    stack.engine.kill()
    take("stopped", stack, visit, {name: places(stack)[name] for name in ("overview", "pipeline", "quality", "upkeep")}, "stale")


def take(lake: str, stack: Stack, visit: Visit, paths: dict[str, str], standing: str = "") -> None:
    """Pictures of whole pages, each of which must have come without a failure and fit its width. standing: awaited on each."""
    page = visit(stack.address, width=WIDTHS[0], bypass_csp=True, reduced_motion="reduce")
    page.evaluate("key => sessionStorage.setItem('rtl.key', key)", stack.gateway.key)
    for name, path in paths.items():
        page.goto(stack.address + path)
        expect(state(page)).to_contain_text(standing)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": HEIGHT})
            shown(page)
            page.wait_for_function("width => document.documentElement.scrollWidth === width", arg=width)
            for scheme in SCHEMES:
                page.emulate_media(color_scheme=scheme)
                settled(page)
                page.screenshot(path=FOLDER / lake / str(width) / f"{name}-{scheme}.png", full_page=True)


def received(stack: Stack) -> int:
    return int(stack.gateway.get("/ledger/balance").json()["received"])
