"""The first visit: how to send an event, and what becomes of it on the screen."""

from __future__ import annotations

import re
import subprocess
from functools import partial

from playwright.sync_api import Page, expect

from e2e.conftest import StackMaker, Visit
from e2e.screen import NOTHING, command, figure, hour_note, newest, received, state, table, tile
from e2e.stack import Stack, event
from faults.programs import until


def is_past(page: Page, count: int) -> bool:
    return received(page) > count


def test_a_first_visitor_sends_the_event_that_the_page_tells_and_sees_it(stack: Stack, visit: Visit) -> None:
    page = visit(stack.address)
    expect(page.get_by_role("heading", name="No event has come in yet")).to_be_visible()
    expect(state(page)).to_have_text("live")
    subprocess.run(["sh", "-c", command(page).inner_text()], check=True, capture_output=True, timeout=30)
    expect(figure(page, "Events")).to_have_text("1")
    expect(figure(page, "Orders")).to_have_text("1")
    expect(newest(page).get_by_role("row", name="EUR 9.99")).to_be_visible()
    expect(command(page)).to_be_hidden()


def test_the_command_is_copied(stack: Stack, visit: Visit) -> None:
    page = visit(stack.address, permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy the command").click()
    expect(page.get_by_text("Copied; paste it into a terminal.")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == command(page).text_content()


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
    balance = stack.gateway.get("/ledger/balance").json()
    expect(page.get_by_text(f"All {balance['received']:,} records accounted for")).to_be_visible()
    expect(figure(page, "Active users")).to_have_text(re.compile(r"^[1-9]\d*$"))


def test_currencies_are_never_added_together(stack: Stack, visit: Visit) -> None:
    stack.post(event("euros", price=20), event("yen", price=3000, currency="JPY"))
    page = visit(stack.address)
    money = newest(page).get_by_role("table")
    expect(money.get_by_role("row", name="EUR 20.00 20.00")).to_be_visible()
    expect(money.get_by_role("row", name="JPY 3,000 3,000")).to_be_visible()
    for currency, amount in (("EUR", "20.00"), ("JPY", "3,000")):
        page.get_by_role("radio", name=currency).check()
        expect(page.locator("#readout")).to_contain_text(f"{currency} {amount} net")


def test_the_last_hour_counts_a_user_of_two_minutes_once(stack: Stack, visit: Visit) -> None:
    page = visit(stack.address)
    expect(state(page)).to_have_text("live")
    stack.post(event("now", user_id="same"), *(event(f"page {i}", user_id="same", event_type="page_view") for i in range(3)))
    expect(tile(page, "Active users")).to_contain_text("1 last hour")
    expect(tile(page, "Conversion")).to_contain_text("100.0% last hour")


def test_a_quarantined_record_is_counted_with_every_reason(stack: Stack, visit: Visit) -> None:
    stack.post(event("good"), event("bad", price=-1, currency="euro"), b"no json")
    page = visit(stack.address)
    ledger = page.get_by_role("region", name="Ledger")
    for reason in ("range:price", "bad_currency", "malformed_json"):
        expect(ledger.get_by_role("listitem").filter(has_text=reason)).to_contain_text("1")
    expect(ledger).to_contain_text("Received3= accepted1+ duplicates0+ quarantined2Difference0")


def test_what_others_call_their_products_is_text(stack: Stack, visit: Visit) -> None:
    hostile = '<img src=x onerror="document.title=1"><script>document.title=1</script>'
    stack.post(event("hostile", product_id=hostile))
    page = visit(stack.address)
    expect(table(page, "Top products").get_by_role("rowheader")).to_have_text(hostile)
    assert page.locator("img").count() == 0
    expect(page).to_have_title("RT-Lakehouse")


def test_numbers_and_times_are_the_visitors(stack: Stack, visit: Visit) -> None:
    stack.post(event("dear", price=1234.5))
    page = visit(stack.address, locale="de-DE", timezone_id="Asia/Kolkata")
    expect(newest(page).get_by_role("row", name="EUR 1.234,50")).to_be_visible()
    said = page.locator("#as-of")
    expect(said).to_have_text(re.compile(r"As of \d\d:\d\d:\d\d UTC \(\d\d:\d\d:\d\d here\), \d+ s ago"))
    minutes = [int(clock[3:5]) for clock in re.findall(r"\d\d:\d\d:\d\d", said.inner_text())]
    assert (minutes[1] - minutes[0]) % 60 == 30, "Kolkata is half an hour off"


def test_reads_over_the_limit_are_said_and_not_made_up(start: StackMaker, visit: Visit, complaints: list[str]) -> None:
    stack = start(read_limit="true", reads_per_minute=1)
    stack.post(event("one"))
    page = visit(stack.address)
    expect(hour_note(page)).to_contain_text("Last hour: not renewed. More than 1 reads a minute")
    expect(tile(page, "Active users")).to_contain_text(f"{NOTHING} last hour")
    expect(figure(page, "Events")).to_have_text("1")
    complaints[:] = [complaint for complaint in complaints if "status of 429" not in complaint]
