"""Where things are on the page, as a person finds them."""

from __future__ import annotations

from datetime import datetime

from playwright.sync_api import Locator, Page

__all__ = [
    "NOTHING",
    "command",
    "figure",
    "hour_note",
    "newest",
    "readout",
    "received",
    "row_of",
    "state",
    "table",
    "tile",
    "why",
]

# What stands where there is no figure.
NOTHING = "\N{EN DASH}"


def state(page: Page) -> Locator:
    """The pill that says connecting, live, stale or away."""
    return page.locator("#state")


def why(page: Page) -> Locator:
    """The line that says why, and what to do."""
    return page.locator("#why")


def command(page: Page) -> Locator:
    return page.get_by_role("region", name="Command")


def newest(page: Page) -> Locator:
    return page.get_by_role("region", name="Newest minute")


def tile(page: Page, name: str) -> Locator:
    """A key figure: of the newest minute, and of the last hour."""
    return page.locator(".tile").filter(has=page.get_by_text(name, exact=True))


def figure(page: Page, name: str) -> Locator:
    """A key figure of the newest minute."""
    return tile(page, name).locator(".now")


def hour_note(page: Page) -> Locator:
    return page.locator("#hour-note")


def table(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name).get_by_role("table")


def row_of(page: Page, start: datetime) -> Locator:
    """A window's row."""
    header = page.get_by_role("rowheader", name=f"{start:%H:%M}", exact=True)
    return table(page, "Newest windows").get_by_role("row").filter(has=header)


def readout(page: Page) -> Locator:
    """The chart, which can be moved over minute by minute; its value is what is said of the minute."""
    return page.get_by_role("slider", name="Minute")


def received(page: Page) -> int:
    """Records in the ledger, as shown."""
    shown = page.get_by_role("region", name="Ledger").get_by_role("definition").first.text_content() or "0"
    return int(shown.replace(",", ""))
