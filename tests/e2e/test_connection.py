"""When parts go away and come back: the dashboard says so, keeps what it has, and goes on by itself."""

from __future__ import annotations

import re
import signal

from playwright.sync_api import Page, expect

from e2e.conftest import Visit
from e2e.screen import accounted, card, events, panel, state, why
from e2e.stack import Stack, event


def mark(page: Page) -> None:
    """What a reload would wipe away."""
    page.evaluate("window.isTheSame = true")


def is_the_same(page: Page) -> bool:
    return bool(page.evaluate("window.isTheSame"))


def forget_lost_connections(complaints: list[str]) -> None:
    """The browser itself says of each that it was lost."""
    complaints[:] = [complaint for complaint in complaints if "net::ERR_" not in complaint]


def test_when_the_api_dies_the_dashboard_says_away_and_comes_back_by_itself(
    stack: Stack, visit: Visit, complaints: list[str]
) -> None:
    stack.post(event("before"))
    page = visit(stack.address)
    expect(card(page, "Events")).to_have_text(events(1))
    expect(state(page)).to_have_text("live")
    # The page is there with all of its parts: their programs come from the API, too.
    expect(page.get_by_label("Loading")).to_have_count(0)
    mark(page)
    stack.gateway.program.kill()
    expect(state(page)).to_have_text(re.compile(r"^away since \d+ s$"))
    expect(why(page)).to_contain_text(f"Nothing answers at {stack.address.removeprefix('http://')}; is rtl up running?")
    expect(why(page).locator("code")).to_have_text(["rtl up"])
    expect(page).to_have_title("away: RT-Lakehouse")
    expect(card(page, "Events")).to_have_text(events(1))
    with page.expect_response("**/live/kpis") as again:
        stack.restart_api()
    expect(state(page)).to_have_text("live")
    assert "ops.ledger=" in again.value.request.all_headers()["last-event-id"]
    stack.post(event("after"))
    expect(accounted(page, 2)).to_be_visible()
    assert is_the_same(page)
    forget_lost_connections(complaints)


def test_a_chart_that_cannot_be_loaded_leaves_the_rest_of_its_page(stack: Stack, visit: Visit, complaints: list[str]) -> None:
    stack.post(event("before"))
    page = visit("about:blank")
    charts = re.compile(r"/assets/LinesChart-")
    page.route(charts, lambda route: route.abort())
    page.goto(stack.address)
    expect(panel(page, "Events over time").get_by_role("button", name="Load the page again")).to_be_visible()
    expect(card(page, "Events")).to_have_text(events(1))
    page.unroute(charts)
    panel(page, "Events over time").get_by_role("button", name="Load the page again").click()
    expect(panel(page, "Events over time").get_by_role("application")).to_be_visible()
    forget_lost_connections(complaints)
    # That the chart could not be loaded is what the console has to say.
    complaints[:] = [complaint for complaint in complaints if "/assets/LinesChart-" not in complaint]


def test_an_api_that_hangs_is_away_too(stack: Stack, visit: Visit) -> None:
    page = visit(stack.address)
    expect(state(page)).to_have_text("live")
    stack.gateway.program.signal(signal.SIGSTOP)
    expect(state(page)).to_contain_text("away")
    stack.gateway.program.signal(signal.SIGCONT)
    expect(state(page)).to_have_text("live")


def test_without_an_engine_the_dashboard_says_stale_until_there_is_one(stack: Stack, visit: Visit) -> None:
    stack.post(event("before"))
    page = visit(stack.address)
    expect(card(page, "Events")).to_have_text(events(1))
    mark(page)
    stack.engine.kill()
    expect(state(page)).to_have_text(re.compile(r"^stale since \d+ s$"))
    expect(why(page)).to_contain_text("No engine works on this lake; start one with rtl run or rtl up.")
    expect(why(page).locator("code")).to_have_text(["rtl run", "rtl up"])
    stack.post(event("waits"))
    stack.restart_engine()
    expect(state(page)).to_have_text("live")
    expect(accounted(page, 2)).to_be_visible()
    assert is_the_same(page)


def test_an_engine_that_does_not_keep_up_makes_the_dashboard_stale(stack: Stack, visit: Visit) -> None:
    page = visit(stack.address)
    expect(state(page)).to_have_text("live")
    stack.engine.signal(signal.SIGSTOP)
    stack.post(event("waits"))
    expect(state(page)).to_contain_text("stale")
    expect(why(page)).to_have_text(re.compile(r"what is shown is \d+ s behind what was acknowledged\.$"))
    stack.engine.signal(signal.SIGCONT)
    expect(state(page)).to_have_text("live")
    expect(card(page, "Events")).to_have_text(events(1))


def test_what_is_wrong_fits_on_a_phone(stack: Stack, visit: Visit, complaints: list[str]) -> None:
    page = visit(stack.address, width=320)
    for name, lost in (("stale", stack.engine), ("away", stack.gateway.program)):
        lost.kill()
        expect(state(page)).to_have_text(re.compile(rf"^{name} since \d+ s"))
        for width in (320, 360):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") == width
    # It goes on asking an API that is away.
    page.close()
    forget_lost_connections(complaints)
