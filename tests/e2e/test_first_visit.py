"""The first visit: how to send an event, and what becomes of it on the screen."""

from __future__ import annotations

import os
import re
import subprocess
from datetime import UTC, datetime
from functools import partial

from playwright.sync_api import Page, Route, expect

from e2e.conftest import StackMaker, Visit
from e2e.screen import accounted, card, cell, command, events, panel, received, state
from e2e.stack import Stack, event
from faults.programs import until
from integration.installed import RTL

# From the first event that is acknowledged to the figure on the screen.
SOON_MS = 10_000


def first_hour_of_the_day(hour: int) -> str:
    """A zone where it is 00:… while it is this hour in UTC, or 01:… where that were UTC itself; in its name, east is minus."""
    if hour == 0:
        return "Etc/GMT-1"
    return f"Etc/GMT+{hour}" if hour <= 12 else f"Etc/GMT-{24 - hour}"


def is_past(page: Page, count: int) -> bool:
    return received(page) > count


def test_a_first_visitor_sends_the_event_that_the_dashboard_tells_and_sees_it(stack: Stack, visit: Visit) -> None:
    page = visit(stack.address, permissions=["clipboard-read", "clipboard-write"])
    expect(page.get_by_role("heading", name="No event has come in yet")).to_be_visible()
    expect(state(page)).to_have_text("live")
    page.get_by_role("button", name="Copy the command").click()
    expect(page.get_by_text("Copied; paste it into a terminal.")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == command(page).text_content()
    here = {**os.environ, "PATH": f"{RTL.parent}{os.pathsep}{os.environ['PATH']}", "RTL_LAKE": str(stack.lake)}
    subprocess.run(["sh", "-c", copied], check=True, capture_output=True, timeout=60, env=here)
    expect(accounted(page, 1)).to_be_visible(timeout=SOON_MS)
    expect(card(page, "Events")).to_have_text(events(1), timeout=SOON_MS)
    expect(card(page, "Net revenue, EUR")).to_contain_text("€9.99")
    expect(command(page)).to_be_hidden()


def test_where_nothing_may_be_copied_the_command_is_selected(stack: Stack, visit: Visit) -> None:
    page = visit(stack.address, permissions=[])
    page.get_by_role("button", name="Copy the command").click()
    expect(page.get_by_text("Selected; copy it with Ctrl+C.")).to_be_visible()
    assert page.evaluate("getSelection().toString()") == command(page).inner_text()


def test_the_numbers_move_as_events_come_in_and_all_are_accounted_for(stack: Stack, visit: Visit) -> None:
    page = visit(stack.address)
    shoppers = stack.simulate(rate=100)
    for _ in range(5):
        shown = received(page)
        until(partial(is_past, page, shown), "the numbers do not move")
    shoppers.stop()
    until(lambda: received(page) == stack.gateway.get("/ledger/balance").json()["received"], "all is shown as accounted for")


def test_money_is_of_one_currency_users_are_counted_once_and_products_are_text(stack: Stack, visit: Visit) -> None:
    hostile = '<img src=x onerror="document.title=1"><script>document.title=1</script>'
    stack.post(
        event("euros", price=20, user_id="same"),
        event("yen", price=3000, currency="JPY", user_id="same", product_id=hostile),
        *(event(f"page {i}", user_id="same", event_type="page_view") for i in range(3)),
    )
    page = visit(stack.address)
    expect(card(page, "Net revenue, EUR")).to_contain_text("€20.00")
    expect(card(page, "Net revenue, JPY")).to_contain_text("JP¥3,000")
    expect(panel(page, "Net revenue over time, JPY")).to_be_visible()
    expect(card(page, "Active users")).to_have_text(re.compile(r"^Active users1[^\d]"))
    expect(card(page, "Conversion")).to_contain_text("100.0%")
    expect(cell(page, "Top products, by units", hostile)).to_be_visible()
    assert page.locator("img").count() == 0
    expect(page).to_have_title("RT-Lakehouse")


def test_a_chart_is_saved_as_a_picture_and_as_figures(stack: Stack, visit: Visit) -> None:
    stack.post(event("one", price=12.5))
    page = visit(stack.address)
    save = page.get_by_role("button", name="Save: Net revenue over time, EUR")
    save.click()
    with page.expect_download() as picture:
        page.get_by_role("menuitem", name="As a picture (PNG)").click()
    content = picture.value.path().read_bytes()
    width, height = (int.from_bytes(content[start : start + 4], "big") for start in (16, 20))
    assert content.startswith(b"\x89PNG")
    assert (width > 600, height > 500) == (True, True), "twice the size of the chart, with text"
    assert picture.value.suggested_filename == "net-revenue-over-time-eur.png"
    save.click()
    with page.expect_download() as figures:
        page.get_by_role("menuitem", name="As figures (CSV)").click()
    head, *rows = figures.value.path().read_text("utf-8").splitlines()
    assert head == '"start","Net"'
    assert sum(float(row.split(",")[1]) for row in rows) == 12.5


def test_a_chart_that_is_not_there_yet_is_saved_as_a_picture_once_it_is(stack: Stack, visit: Visit) -> None:
    stack.post(event("one"))
    page = visit("about:blank")
    held: list[Route] = []
    charts = re.compile(r"/assets/LinesChart-")
    page.route(charts, lambda route: held.append(route))
    with page.expect_request(charts):
        page.goto(stack.address)
    page.get_by_role("button", name="Save: Events over time").click()
    picture = page.get_by_role("menuitem", name="As a picture (PNG)")
    expect(picture).to_be_disabled()
    for route in held:
        route.continue_()
    with page.expect_download() as saved:
        picture.click()
    assert saved.value.path().read_bytes().startswith(b"\x89PNG")


def test_a_rejected_record_is_counted_with_every_reason_and_shown_as_it_was_received(stack: Stack, visit: Visit) -> None:
    stack.post(event("good"), event("bad", price=-1, currency="euro"), b"no json")
    page = visit(stack.address)
    expect(accounted(page, 3)).to_contain_text("1 accepted, 0 duplicates, 2 quarantined")
    page.get_by_role("link", name="Quality").click()
    for reason in ("range:price", "bad_currency", "malformed_json"):
        expect(cell(page, "Why records were rejected", reason)).to_contain_text("1")
    page.get_by_role("button", name="malformed_json").click()
    records = panel(page, "Records in quarantine").get_by_role("button", name=re.compile(r"UTC$"))
    expect(records).to_have_count(1)
    records.click()
    expect(page.get_by_role("group", name="What was received", exact=True)).to_have_text("no json")
    page.reload()
    expect(page.get_by_role("group", name="What was received", exact=True)).to_have_text("no json")
    expect(cell(page, "Every record, by where it came in", "http events/0")).to_contain_text("310200")


def test_numbers_and_times_are_the_visitors(stack: Stack, visit: Visit) -> None:
    stack.post(event("dear", price=1234.5))
    page = visit(stack.address, locale="de-DE", timezone_id="Asia/Kolkata")
    expect(card(page, "Net revenue, EUR")).to_contain_text("1.234,50")
    said = page.get_by_text(re.compile(r"^As of \d\d:\d\d:\d\d UTC \(\d\d:\d\d:\d\d here\)$"))
    minutes = [int(clock[3:5]) for clock in re.findall(r"\d\d:\d\d:\d\d", said.inner_text())]
    assert (minutes[1] - minutes[0]) % 60 == 30, "Kolkata is half an hour off"
    page.get_by_role("application").last.press("End")
    expect(page.get_by_text(re.compile(r"^\d\d:\d\d UTC \(\d\d:\d\d here\)$"))).to_be_visible()
    here = visit(stack.address, locale="en-US", timezone_id=first_hour_of_the_day(datetime.now(UTC).hour))
    # The hour may just have changed.
    expect(here.get_by_text(re.compile(r"^As of .*\(0[01]:\d\d:\d\d here\)$"))).to_be_visible()


def test_reads_over_the_limit_are_said_and_not_made_up(start: StackMaker, visit: Visit, complaints: list[str]) -> None:
    stack = start(read_limit="true", reads_per_minute=1)
    stack.post(event("one"))
    page = visit(stack.address)
    expect(page.get_by_text(re.compile("More than 1 reads a minute")).first).to_be_visible()
    expect(accounted(page, 1)).to_be_visible()
    # It asks for one part after the other.
    page.close()
    complaints[:] = [complaint for complaint in complaints if "status of 429" not in complaint]


def test_where_nothing_is_shown_without_a_key_the_page_asks_for_one_and_then_shows_all(
    start: StackMaker, visit: Visit, complaints: list[str]
) -> None:
    stack = start(open_reads="nobody")
    stack.post(event("one"))
    page = visit(stack.address)
    expect(page.get_by_role("dialog").get_by_text(re.compile("This needs a key"))).to_be_visible()
    page.get_by_label("API key").fill(stack.gateway.key)
    page.get_by_role("button", name="Use this key").click()
    expect(accounted(page, 1)).to_be_visible(timeout=SOON_MS)
    expect(state(page)).to_have_text("live")
    page.reload()
    expect(state(page)).to_have_text("live")
    complaints[:] = [complaint for complaint in complaints if "status of 401" not in complaint]
