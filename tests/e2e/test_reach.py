"""The dashboard on every screen and for everyone: phone to wall, light and dark, keyboard and screen reader."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from e2e.conftest import Visit
from e2e.screen import accounted, card, command, shown, state, violations
from e2e.stack import Stack, event, minute_ago

LONGEST = "W" * 128
# Read by axe here in both schemes; what fits them on a phone is in the journeys of each page.
MORE_PAGES = ("/explore?by=country", "/tables", "/query", "/alerts", "/admin", "/quality/figures", "/quality/repair")
PAGES = ("/", "/quality?reason=range:price", "/history?table=gold.kpis_1m&version=1", "/pipeline")


@pytest.fixture
def filled(stack: Stack) -> Stack:
    """With everything on the page, and the longest names that the contract takes."""
    stack.replay(event("final", minute_ago(10)))
    currencies = ("EUR", "GBP", "JPY", "USD", "CHF", "SEK")
    stack.post(
        *(event(f"in {currency}", currency=currency, price=99_999_999.99, product_id=LONGEST) for currency in currencies),
        event("late", minute_ago(10)),
        event("bad", price=-1, product_id=LONGEST),
    )
    return stack


def test_nothing_has_to_be_scrolled_sideways(filled: Stack, visit: Visit) -> None:
    page = visit(filled.address)
    for path in PAGES:
        page.goto(filled.address + path)
        shown(page)
        for width in (320, 390, 768, 1280, 1920, 2560):
            page.set_viewport_size({"width": width, "height": 800})
            page.wait_for_function("width => document.documentElement.scrollWidth === width", arg=width)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast_names_and_roles_are_right(filled: Stack, visit: Visit, scheme: str) -> None:
    # axe-core makes code of text, which the page's own policy forbids.
    page = visit(filled.address, color_scheme=scheme, bypass_csp=True)
    page.evaluate("key => sessionStorage.setItem('rtl.key', key)", filled.gateway.key)
    for path in (*PAGES, *MORE_PAGES):
        page.goto(filled.address + path)
        assert not violations(shown(page)), path
    filled.engine.kill()
    expect(state(page)).to_contain_text("stale")
    assert not violations(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast_names_and_roles_are_right_before_the_first_event(stack: Stack, visit: Visit, scheme: str) -> None:
    page = visit(stack.address, color_scheme=scheme, bypass_csp=True)
    expect(state(page)).to_have_text("live")
    expect(command(page)).to_be_visible()
    assert not violations(page)


def test_the_keyboard_reaches_everything(filled: Stack, visit: Visit) -> None:
    page = shown(visit(filled.address + "/"))
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to the page")
    page.keyboard.press("Enter")
    reached = set()
    for _ in range(80):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.textContent"))
    assert {"Pause", "country"} <= reached
    page.keyboard.press("Control+k")
    page.keyboard.type("Quality")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Quality", level=1)).to_be_visible()
    page.keyboard.press("Control+k")
    page.keyboard.type("Ask in words")
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="A question in English")).to_be_focused()
    page.keyboard.type("events in the last hour")
    page.keyboard.press("Enter")
    expect(page.get_by_role("article", name="events in the last hour")).to_contain_text("Certified metric")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Ask in words")).to_be_hidden()


def test_who_wants_no_motion_sees_none(stack: Stack, visit: Visit) -> None:
    page = visit(stack.address, reduced_motion="reduce")
    expect(state(page)).to_have_text("live")
    assert page.evaluate("document.getAnimations().filter(each => each.effect.getTiming().duration > 0).length") == 0


def test_nothing_moves_when_the_figures_come(stack: Stack, visit: Visit) -> None:
    stack.post(event("first"), event("late", minute_ago(10)))
    page = visit(stack.address)
    expect(card(page, "Events")).to_have_text(re.compile("^Events2[^0-9]"))
    expect(page.get_by_label("Loading")).to_have_count(0)
    page.evaluate(_WATCH)
    stack.post(event("next"), event("bad", price=-1))
    expect(accounted(page, 4)).to_be_visible()
    expect(card(page, "Events")).to_have_text(re.compile("^Events3[^0-9]"))
    moved = page.evaluate("window.moved")
    assert sum(shift["by"] for shift in moved) < 0.05, moved


# As the browser itself measures it, from the first figure on: the share of the screen that jumped, times how far, and what did.
_WATCH = """
    window.moved = [];
    const what = ({ node }) => node?.id || node?.className;
    const note = (shift) => window.moved.push({ by: shift.value, what: shift.sources.map(what) });
    new PerformanceObserver((seen) => seen.getEntries().forEach(note)).observe({ type: "layout-shift", buffered: false });
"""
