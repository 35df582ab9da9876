"""The monitor in a browser: how all is, a job by a button, and an API that goes and comes."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from e2e.stack import Stack, event
from faults.gateways import HOST
from faults.programs import until
from rtlakehouse.stack.ports import free_port


@pytest.fixture
def monitor(stack: Stack, browser: Browser) -> Iterator[Page]:
    """The monitor of a stack, in a browser. What its charts complain of before their first point is nobody's trouble."""
    pytest.importorskip("streamlit", reason="the extra `monitor` is not installed")
    program = stack.programs.start("monitor", "--api", stack.address, "--port", str(free_port(HOST, 0)), lake=stack.lake)
    (address,) = until(lambda: re.findall(r"Monitor (\S+)", program.printed), "it prints no address")
    until(lambda: _listens(address), "it does not listen")
    context = browser.new_context(locale="en-GB", timezone_id="UTC")
    page = context.new_page()
    page.goto(address)
    yield page
    context.close()


def _listens(address: str) -> bool:
    host, port = re.findall(r"//(.+):(\d+)/", address)[0]
    return free_port(host, int(port)) != int(port)


def test_the_monitor_shows_the_system_asks_it_for_work_and_outlives_it(stack: Stack, monitor: Page) -> None:
    stack.post(event("a"), event("b"), b"no JSON")
    expect(monitor.get_by_text("All is well")).to_be_visible()
    expect(monitor.get_by_text("Memory, engine")).to_be_visible()
    expect(monitor.get_by_text("none fires")).to_be_visible()
    expect(monitor.get_by_role("row").filter(has_text="malformed_json")).to_be_visible()
    expect(monitor.get_by_text("All 3 records are accounted for.")).to_be_visible()
    expect(monitor.get_by_role("button", name="checkpoint")).to_be_disabled()

    key = stack.programs.run("keys", "create", "--role", "admin", lake=stack.lake).printed.strip().splitlines()[-1]
    monitor.get_by_role("button", name="Key").click()
    monitor.get_by_role("textbox", name="API key").fill(key)
    monitor.keyboard.press("Enter")
    allowed = monitor.get_by_role("button", name="checkpoint", disabled=False)
    expect(allowed).to_be_visible()
    monitor.keyboard.press("Escape")
    allowed.click()
    expect(monitor.get_by_text("is queued: checkpoint.")).to_be_visible()
    expect(monitor.get_by_role("row").filter(has_text="checkpoint").filter(has_text="done")).to_be_visible()

    stack.gateway.program.kill()
    expect(monitor.get_by_text("The API is away")).to_be_visible()
    expect(monitor.get_by_text("All 3 records are accounted for.")).to_be_visible()
    stack.restart_api()
    expect(monitor.get_by_text("All is well")).to_be_visible()
