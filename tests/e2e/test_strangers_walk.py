"""What someone who has never seen the dashboard asks of it, from its first page on `rtl up`, and in how few clicks it answers."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from e2e.conftest import Visit
from e2e.screen import card, panel, shown
from faults.programs import until
from integration.conftest import installed_on
from integration.installed import Installed
from integration.test_up import Up, running
from rtlakehouse.api.page.dashboard import BUILT

__all__ = ["installed_on"]

pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not BUILT.is_dir(), reason="The dashboard is not built; run `make dashboard`."),
]


@dataclass
class Stranger:
    """Who clicks, and how often."""

    page: Page
    clicks: int = 0

    def click(self, what: Locator) -> None:
        what.first.click()
        self.clicks += 1


@pytest.fixture(scope="module")
def up(installed_on: Callable[[Path], Installed], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """It has run long enough that a minute is final and late events have corrected one, and some records were rejected."""
    rtl = installed_on(tmp_path_factory.mktemp("walk") / "lake")
    with running(rtl, "--rate", "40", "--no-monitor", stopped_by=signal.SIGINT) as found:
        until(lambda: corrected(found), "no final minute was corrected", seconds=400)
        until(lambda: found.get("/quarantine/summary")["records"] > 0, "no record was rejected")
        yield found


def corrected(up: Up) -> bool:
    finals = [window["window_start"] for window in up.get("/windows")["data"] if window["state"] == "final"]
    return any(change["was_final"] for start in finals for change in up.get(f"/windows/{start}/revisions?limit=500")["data"])


@pytest.fixture
def stranger(up: Up, visit: Visit) -> Stranger:
    return Stranger(shown(visit(up.page, width=1440)))


def test_todays_conversion_rate_is_two_clicks_away(stranger: Stranger, up: Up) -> None:
    page = stranger.page
    stranger.click(page.get_by_label("Range"))
    stranger.click(page.get_by_role("option", name="Last 24 hours"))
    expect(card(page, "Conversion")).to_contain_text(re.compile(r"\d+\.\d%"))
    assert stranger.clicks == 2
    # One more says how it is computed, and gives the same figure.
    stranger.click(card(page, "Conversion").get_by_role("link", name="Conversion"))
    expect(page.get_by_text("Computed as")).to_contain_text("purchasing_users")
    expect(panel(page, "Conversion rate").get_by_text(re.compile(r"^\d+\.\d%$"))).to_be_visible()


def test_why_a_minute_changed_is_two_clicks_away(stranger: Stranger) -> None:
    page = stranger.page
    stranger.click(panel(page, "Corrected by late events").get_by_role("link"))
    stranger.click(page.get_by_role("link", name="Why it changed"))
    changes = panel(page, "Each value it had, and why it changed")
    expect(changes).to_be_in_viewport()
    expect(changes.get_by_role("row").last).to_contain_text(re.compile(r"late events? came in.*corrected"))
    assert stranger.clicks == 2


def test_which_records_were_rejected_and_why_is_two_clicks_away(stranger: Stranger, up: Up) -> None:
    page = stranger.page
    stranger.click(page.get_by_role("link", name=re.compile(r"\d quarantined$")))
    reasons = panel(page, "Why records were rejected").get_by_role("rowheader")
    expect(reasons.first).to_be_visible()
    told = {reason["reason"] for reason in up.get("/quarantine/summary")["by_reason"]}
    assert set(reasons.all_inner_texts()) <= told
    stranger.click(panel(page, "Records in quarantine").get_by_role("button", name=re.compile(r"UTC$")))
    record = page.get_by_role("group", name=re.compile("^Record "))
    expect(record.get_by_role("row").nth(1)).to_contain_text(re.compile(r"\w+"))
    expect(record.get_by_role("group", name="What was received", exact=True)).not_to_be_empty()
    assert stranger.clicks == 2


def test_a_figure_leads_to_the_bytes_it_is_made_of_in_two_clicks(stranger: Stranger, up: Up) -> None:
    page = stranger.page
    stranger.click(card(page, "Events").get_by_role("link", name="this minute"))
    expect(panel(page, "Formulas").get_by_role("row", name=re.compile("^events "))).to_contain_text("COUNT(*)")
    stranger.click(page.get_by_role("link", name="The events, byte for byte"))
    events = panel(page, "The first 50 events, as they were received")
    expect(events).to_be_in_viewport()
    raw = json.loads(events.get_by_role("row").nth(1).get_by_role("cell").last.inner_text())
    minute = page.get_by_role("heading", level=1).inner_text()
    happened = up.get(f"/events/{raw['event_id']}")["event"]["event_time"]
    assert f"Minute of {happened[:10]} {happened[11:16]} UTC" == minute
    assert stranger.clicks == 2


def test_what_a_figure_was_before_is_two_clicks_away_and_too_early_a_time_says_so(
    stranger: Stranger, up: Up, complaints: list[str]
) -> None:
    page = stranger.page
    stranger.click(page.get_by_role("button", name="As of now"))
    stranger.click(page.get_by_role("button", name="A day ago"))
    expect(page.get_by_role("alert").filter(has_text="What was known at")).to_be_visible()
    # The lake is younger than that, and says since when it can tell.
    early = page.get_by_role("alert").filter(has_text="are no longer kept")
    expect(early).to_contain_text(re.compile(r"since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC are"))
    expect(early.get_by_role("link", name="Time travel")).to_be_visible()
    page.get_by_role("button", name="Back to now").click()
    stranger.clicks = 0
    stranger.click(page.get_by_role("button", name="As of now"))
    page.get_by_label("Time (UTC)").fill(up.get("/windows")["data"][0]["window_start"].rstrip("Z"))
    stranger.click(page.get_by_role("button", name="Go", exact=True))
    expect(page.get_by_role("alert").filter(has_text="What was known at")).to_be_visible()
    then = parse_qs(urlsplit(page.url).query)["as_of"][0]
    known = up.get(f"/kpis/series?step=all&as_of={then}")["data"][0]
    expect(card(page, "Events")).to_contain_text(f"{known['events']:,}")
    expect(card(page, "Conversion")).to_contain_text(f"{Decimal(known['conversion_rate']) * 100:.1f}%")
    assert known["events"] < up.events()
    assert stranger.clicks == 2
    complaints[:] = [complaint for complaint in complaints if "status of 410" not in complaint]
