"""The dashboard on every screen and for everyone: phone to wall, light and dark, keyboard and screen reader."""

from __future__ import annotations

import re
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import Visit
from e2e.places import EMPTY, places
from e2e.screen import accounted, card, shown, state, violations
from e2e.stack import Stack, event, minute_ago

LONGEST = "W" * 128
# A minute that is not there, and the index of products while it is built.
EXPECTED = re.compile("status of (404|503)")
# What axe-core reads in each: names and roles are the same in both, colours are not.
SCHEMES: dict[Literal["light", "dark"], list[str] | None] = {"light": None, "dark": ["color-contrast"]}
# Each page with what is widest on it; what fits the others on a phone is in the journeys of each.
PAGES = ("/", "/quality?reason=range:price", "/history?table=gold.kpis_1m&version=1", "/pipeline")


# Those with most on them, for every run of the tests; `make long` reads them all.
MAIN = ("overview", "explain", "explore", "quality", "table-rows")


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


@pytest.mark.parametrize("which", [MAIN, pytest.param(None, id="every", marks=pytest.mark.long)])
def test_contrast_names_and_roles_are_right(
    which: tuple[str, ...] | None, filled: Stack, visit: Visit, complaints: list[str]
) -> None:
    page = readable(filled, visit)
    wrong = ""
    paths = places(filled)
    for name in which or paths:
        page.goto(filled.address + paths[name])
        wrong += wrongs(shown(page))
    page.get_by_role("button", name="Ask…").click()
    expect(page.get_by_role("textbox", name="A question in English")).to_be_visible()
    wrong += wrongs(page)
    filled.engine.kill()
    page.goto(filled.address)
    expect(state(page)).to_contain_text("stale")
    wrong += wrongs(page)
    assert not wrong, wrong
    complaints[:] = [complaint for complaint in complaints if not EXPECTED.search(complaint)]


@pytest.mark.parametrize("which", [("overview", "query"), pytest.param(tuple(EMPTY), id="every", marks=pytest.mark.long)])
def test_contrast_names_and_roles_are_right_before_the_first_event(which: tuple[str, ...], stack: Stack, visit: Visit) -> None:
    page = readable(stack, visit)
    wrong = ""
    for name in which:
        page.goto(stack.address + EMPTY[name])
        wrong += wrongs(shown(page))
    assert not wrong, wrong


def readable(stack: Stack, visit: Visit) -> Page:
    """A page with a key. axe-core makes code of text, which the page's own policy forbids, and no fade is read halfway."""
    page = visit(stack.address, bypass_csp=True, reduced_motion="reduce")
    page.evaluate("key => sessionStorage.setItem('rtl.key', key)", stack.gateway.key)
    return page


def wrongs(page: Page) -> str:
    """What axe-core finds wrong in either scheme; nothing where nothing is."""
    found = ""
    for scheme, rules in SCHEMES.items():
        page.emulate_media(color_scheme=scheme)
        if wrong := violations(page, rules):
            found += f"{page.url} in {scheme}:\n{wrong}\n"
    return found


def test_the_keyboard_reaches_everything(filled: Stack, visit: Visit) -> None:
    page = shown(visit(filled.address + "/"))
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to the page")
    page.keyboard.press("Enter")
    reached: set[str] = set()
    # Once round.
    while "Skip to the page" not in reached:
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.textContent"))
    assert {"Pause", "country"} <= reached
    page.keyboard.press("Control+k")
    page.keyboard.type("Quality")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Quality", level=1)).to_be_visible()
    expect(page.get_by_role("main")).to_be_focused()
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    page.keyboard.press("Control+k")
    page.keyboard.type("Overview")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Overview", level=1)).to_be_in_viewport()
    page.keyboard.press("Control+k")
    page.keyboard.type("Ask in words")
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="A question in English")).to_be_focused()
    page.keyboard.type("events in the last hour")
    page.keyboard.press("Enter")
    expect(page.get_by_role("article", name="events in the last hour")).to_contain_text("Certified metric")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Ask in words")).to_be_hidden()


def test_who_wants_no_motion_or_their_own_colours_has_them(stack: Stack, visit: Visit) -> None:
    page = visit(stack.address, reduced_motion="reduce")
    expect(state(page)).to_have_text("live")
    assert page.evaluate("document.getAnimations().filter(each => each.effect.getTiming().duration > 0).length") == 0
    # Where the system has its own colours, no ground tells what is chosen, and no bar is left.
    stack.post(event("viewed", event_type="page_view"))
    page = shown(visit(stack.address, forced_colors="active"))
    expect(page.get_by_role("button", name="country")).to_have_css("outline-style", "solid")
    expect(page.get_by_role("button", name="device")).not_to_have_css("outline-style", "solid")
    expect(page.get_by_role("link", name="Overview", exact=True)).to_have_css("outline-style", "solid")
    bar = page.get_by_role("rowheader", name="Viewed").locator("[aria-hidden]")
    expect(bar).not_to_have_css("background-color", "rgb(255, 255, 255)")


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
