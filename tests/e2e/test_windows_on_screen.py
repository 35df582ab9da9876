"""Minutes on the screen: open, final, corrected by late events, explained down to the bytes, and as they were known before."""

from __future__ import annotations

import re
from datetime import timedelta

from playwright.sync_api import expect

from e2e.conftest import Visit
from e2e.screen import card, cell, events, panel, state
from e2e.stack import Stack, event, minute_ago
from faults.programs import until


def test_a_late_event_corrects_its_minute_and_the_minute_says_why(stack: Stack, visit: Visit) -> None:
    minute = minute_ago(10)
    stack.replay(*(event(f"on time {i}", minute + timedelta(seconds=i)) for i in range(3)))
    page = visit(stack.address)
    expect(panel(page, "Corrected by late events")).to_contain_text("No final minute of this hour was corrected.")
    stack.post(event("late", minute + timedelta(seconds=30)))
    panel(page, "Corrected by late events").get_by_role("link", name=f"{minute:%H:%M} UTC: 1 late event").click()
    revisions = panel(page, "Each value it had, and why it changed").get_by_role("row")
    expect(revisions.last).to_contain_text("1 late event came in corrected")
    expect(panel(page, "The first 50 events, as they were received").get_by_text('"late"')).to_be_visible()
    expect(panel(page, "Formulas")).to_contain_text("purchases")


def test_a_minute_is_dashed_while_events_may_still_come_and_read_by_pointer_and_keyboard(stack: Stack, visit: Visit) -> None:
    minute = minute_ago(10)
    stack.replay(event("old", minute), event("older", minute - timedelta(minutes=1)))
    page = visit(stack.address)
    expect(state(page)).to_have_text("live")
    stack.post(event("now"))
    chart = panel(page, "Events over time")
    chart.scroll_into_view_if_needed()
    expect(chart.locator("path[stroke-dasharray='4 4'][d^='M']")).to_have_count(1)
    told = chart.get_by_role("status")
    chart.get_by_role("application").hover()
    expect(told).to_contain_text(re.compile(r"^\d\d:\d\d UTC"))
    page.mouse.move(0, 0)
    expect(told).to_have_count(0)
    chart.get_by_role("application").focus()
    page.keyboard.press("End")
    expect(told).to_have_text(re.compile(r"^\d\d:\d\d UTC\s*Events, open: 1$"))
    page.keyboard.press("Home")
    expect(told).to_have_text(f"{minute - timedelta(minutes=1):%H:%M} UTCEvents: 1")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/explain/"))


def test_a_batch_of_the_past_takes_every_page_to_what_was_known_then(stack: Stack, visit: Visit) -> None:
    stack.post(event("first"))
    page = visit(f"{stack.address}/history")
    then = panel(page, "Commits of all tables").get_by_role("button", name="As of here").last
    expect(then).to_be_visible()
    stack.post(event("second"), event("third"))
    until(lambda: stack.gateway.get("/ledger/balance").json()["received"] == 3, "the later events are not in the ledger")
    then.click()
    expect(page.get_by_role("alert").filter(has_text="What was known at")).to_be_visible()
    expect(cell(page, "Records then and now", "received")).to_have_text("received13+2")
    page.get_by_role("link", name="Overview").click()
    expect(card(page, "Events")).to_have_text(events(1))
    page.get_by_role("button", name="Back to now").click()
    expect(card(page, "Events")).to_have_text(events(3))
