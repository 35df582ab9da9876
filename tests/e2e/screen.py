"""Where things are in the dashboard, as a person finds them."""

from __future__ import annotations

import re

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

__all__ = [
    "accounted",
    "card",
    "cell",
    "command",
    "events",
    "panel",
    "received",
    "settled",
    "shown",
    "state",
    "violations",
    "why",
]


def state(page: Page) -> Locator:
    """The pill that says connecting, live, paused, stale or away."""
    return page.get_by_test_id("standing")


def why(page: Page) -> Locator:
    """The line beside it that says why, and what to do."""
    return page.get_by_role("main").get_by_role("status").first


def command(page: Page) -> Locator:
    return page.get_by_role("region", name="Command")


def card(page: Page, name: str) -> Locator:
    """A key figure: of the range, and of this minute."""
    return page.get_by_role("group", name=name, exact=True)


def events(count: int) -> re.Pattern[str]:
    """What the card of events says, of all that the range has: its minute may end while that is waited for."""
    return re.compile(rf"^Events{count}(?!\d)")


def panel(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name)


def cell(page: Page, name: str, row: str) -> Locator:
    """A row of a panel's table, by what its first cell says."""
    return panel(page, name).get_by_role("row").filter(has=page.get_by_role("rowheader", name=row, exact=True))


def accounted(page: Page, records: int) -> Locator:
    return page.get_by_text(f"All {records:,} records accounted for")


def received(page: Page) -> int:
    """Records in the ledger, as shown; none before the first."""
    found = re.search(r"All ([\d,]+) records", page.get_by_role("main").inner_text())
    return int(found[1].replace(",", "")) if found else 0


def shown(page: Page) -> Page:
    """The page once all of it is there."""
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_label("Loading")).to_have_count(0)
    expect(page.get_by_text("…", exact=True)).to_have_count(0)
    return page


def settled(page: Page) -> None:
    """Wait until nothing fades or slides: nobody reads colours on their way to others. What runs for ever may."""
    running = "each => each.playState === 'running' && each.effect.getTiming().iterations !== Infinity"
    page.wait_for_function(f"!document.getAnimations().some({running})")


def violations(page: Page, rules: list[str] | None = None) -> str:
    """What axe-core finds wrong, by all of its rules or these; nothing where nothing is.

    It makes code of text, so the page has to be without its policy.
    """
    settled(page)
    only = {} if rules is None else {"runOnly": rules}
    found = Axe().run(page, options={"resultTypes": ["violations"], **only})
    return str(found.generate_report()) if found.violations_count else ""
