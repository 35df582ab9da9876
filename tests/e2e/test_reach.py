"""The page on every screen and for everyone: phone to wall, light and dark, keyboard and screen reader."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from e2e.conftest import Visit
from e2e.screen import figure, state, table, tile
from e2e.stack import Stack, event, minute_ago

LONGEST = "W" * 128


@pytest.fixture
def filled(stack: Stack) -> Stack:
    """With everything on the page, and the longest names that the contract takes."""
    stack.replay(event("final", minute_ago(10)))
    currencies = ("EUR", "GBP", "JPY", "USD", "CHF", "SEK")
    stack.post(
        *(event(f"in {currency}", currency=currency, price=99_999_999.99, product_id=LONGEST) for currency in currencies),
        event("late", minute_ago(10)),
        event("bad", price=-1),
    )
    return stack


def shown(page: Page) -> Page:
    """The page once all of it is there."""
    expect(figure(page, "Events")).to_have_text("6")
    expect(table(page, "Top products").get_by_role("rowheader")).to_have_count(7)
    return page


def violations(page: Page) -> str:
    """What axe-core finds wrong; nothing where nothing is."""
    found = Axe().run(page)
    return str(found.generate_report()) if found.violations_count else ""


@pytest.mark.parametrize("width", [320, 360, 768, 1280, 2560])
def test_nothing_has_to_be_scrolled_sideways(filled: Stack, visit: Visit, width: int) -> None:
    page = shown(visit(filled.address, width=width))
    assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast_names_and_roles_are_right(filled: Stack, visit: Visit, scheme: str) -> None:
    # axe-core makes code of text, which the page's own policy forbids.
    page = shown(visit(filled.address, color_scheme=scheme, bypass_csp=True))
    assert not violations(page)
    filled.engine.kill()
    expect(state(page)).to_contain_text("stale")
    assert not violations(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast_names_and_roles_are_right_before_the_first_event(stack: Stack, visit: Visit, scheme: str) -> None:
    page = visit(stack.address, color_scheme=scheme, bypass_csp=True)
    expect(state(page)).to_have_text("live")
    assert not violations(page)


def test_the_keyboard_reaches_everything(filled: Stack, visit: Visit) -> None:
    page = shown(visit(filled.address))
    reached = []
    for _ in range(4):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        reached.append(focused.get_attribute("aria-label") or focused.get_attribute("name") or focused.inner_text())
    assert reached == ["Skip to the figures", "API docs", "currency", "Minute"]


def test_who_wants_no_motion_sees_none(stack: Stack, visit: Visit) -> None:
    page = visit(stack.address, reduced_motion="reduce")
    expect(state(page)).to_have_text("live")
    assert page.evaluate("document.getAnimations().length") == 0


def test_nothing_moves_when_the_figures_come(stack: Stack, visit: Visit) -> None:
    stack.post(event("first"), event("yen", currency="JPY"), event("late", minute_ago(10)))
    page = visit(stack.address)
    expect(figure(page, "Events")).to_have_text("2")
    page.evaluate(_WATCH)
    stack.post(event("next"), event("pounds", currency="GBP"), event("bad", price=-1))
    expect(page.get_by_text("All 6 records accounted for")).to_be_visible()
    expect(tile(page, "Active users")).to_contain_text("1 last hour")
    moved = page.evaluate("window.moved")
    assert sum(shift["by"] for shift in moved) < 0.05, moved


# As the browser itself measures it, from the first figure on: the share of the screen that jumped, times how far, and what did.
_WATCH = """
    window.moved = [];
    const what = ({ node }) => node?.id || node?.className;
    const note = (shift) => window.moved.push({ by: shift.value, what: shift.sources.map(what) });
    new PerformanceObserver((seen) => seen.getEntries().forEach(note)).observe({ type: "layout-shift", buffered: true });
"""
