"""Windows on the screen: open, final, and corrected by late events."""

from __future__ import annotations

import re
from datetime import timedelta

from playwright.sync_api import expect

from e2e.conftest import Visit
from e2e.screen import NOTHING, readout, row_of, state
from e2e.stack import Stack, event, minute_ago


def test_a_late_event_corrects_its_window(stack: Stack, visit: Visit) -> None:
    minute = minute_ago(10)
    stack.replay(*(event(f"on time {i}", minute + timedelta(seconds=i)) for i in range(3)))
    page = visit(stack.address)
    row = row_of(page, minute)
    expect(row).to_have_accessible_name(f"{minute:%H:%M} final 3 1 {NOTHING} 0")
    expect(readout(page)).to_have_attribute("aria-valuetext", re.compile("UTC, final: 3 events; EUR 30.00 net$"))
    stack.post(event("late", minute + timedelta(seconds=30)))
    expect(row).to_have_accessible_name(re.compile(rf"^{minute:%H:%M} corrected \+1, last \d\d:\d\d:\d\d 4 1 {NOTHING} 1$"))
    why = re.compile(r"UTC, corrected: 4 events; EUR 40.00 net; 1 late event came in after it was final, last at \d\d:\d\d:\d\d$")
    expect(readout(page)).to_have_attribute("aria-valuetext", why)
    expect(page.locator("#readout")).to_have_text(why)


def test_a_window_is_open_while_events_may_still_come(stack: Stack, visit: Visit) -> None:
    page = visit(stack.address)
    expect(state(page)).to_have_text("live")
    stack.post(event("now"))
    expect(readout(page)).to_have_attribute("aria-valuetext", re.compile(r"UTC, open: 1 events"))
    expect(page.locator(".bars.events .open")).to_have_count(1)


def test_the_chart_is_read_with_the_keyboard_minute_by_minute(stack: Stack, visit: Visit) -> None:
    minute = minute_ago(10)
    older = minute - timedelta(minutes=2)
    stack.replay(event("old", older), event("newer", minute), event("newest", minute, user_id="v"))
    page = visit(stack.address)
    chart = readout(page)
    expect(chart).to_have_attribute("aria-valuetext", f"{minute:%H:%M} UTC, final: 2 events; EUR 20.00 net")
    chart.focus()
    page.keyboard.press("ArrowLeft")
    expect(chart).to_have_attribute("aria-valuetext", f"{minute - timedelta(minutes=1):%H:%M} UTC: no events")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#readout")).to_have_text(f"{older:%H:%M} UTC, final: 1 events; EUR 10.00 net")
    page.keyboard.press("Home")
    expect(chart).to_have_attribute("aria-valuenow", "0")
    page.keyboard.press("End")
    expect(chart).to_have_attribute("aria-valuenow", "59")


def test_the_pointer_says_what_each_minute_was(stack: Stack, visit: Visit) -> None:
    minute = minute_ago(10)
    stack.replay(event("old", minute - timedelta(minutes=59)), event("new", minute))
    page = visit(stack.address)
    page.locator(".bars.events rect").first.hover()
    expect(page.locator("#readout")).to_have_text(f"{minute - timedelta(minutes=59):%H:%M} UTC, final: 1 events; EUR 10.00 net")
