"""Fixtures of the journeys: a real Chromium, and the stack that it visits."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Request, expect, sync_playwright

from e2e.stack import Stack
from faults.conftest import programs, root
from faults.programs import Programs
from needing import missing

__all__ = ["programs", "root"]

INSTALL = "There is no Chromium to visit the page with; install it: apt-get install -y chromium"

Visit = Callable[..., Page]
StackMaker = Callable[..., Stack]

expect.set_options(timeout=30_000)
_PASSED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if call.when == "call":
        item.stash[_PASSED] = report.passed
    return report


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Of a module, not of the session: while it is open, no other test of this thread can run an event loop."""
    found = shutil.which("chromium")
    if found is None:
        missing(INSTALL)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=found)
        yield opened
        opened.close()


@pytest.fixture
def start(programs: Programs, root: Path) -> StackMaker:
    """Starts the stack; settings are the API's."""
    return lambda **settings: Stack.start(programs, root, **settings)


@pytest.fixture
def stack(start: StackMaker) -> Stack:
    return start()


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """What the browser complains of: errors of scripts, of loading, and of the content security policy."""
    heard: list[str] = []
    yield heard
    assert not heard


def told(page: Page, unanswered: set[Request]) -> str:
    """What a page shows, and what it still waits for."""
    shown = "" if page.is_closed() else page.locator("body").aria_snapshot()
    return "\n".join([page.url, shown, "Not answered:", *(asked.url for asked in unanswered), ""])


@pytest.fixture
def visit(browser: Browser, complaints: list[str], request: pytest.FixtureRequest) -> Iterator[Visit]:
    """Opens a page in a browser of its own: 1280 px wide, British English, UTC, unless told otherwise."""
    contexts = []
    pages: dict[Page, set[Request]] = {}

    def open_page(address: str, width: int = 1280, **options: Any) -> Page:
        usual = {"viewport": {"width": width, "height": 800}, "locale": "en-GB", "timezone_id": "UTC"}
        contexts.append(browser.new_context(**usual | options))
        page = contexts[-1].new_page()
        pages[page] = unanswered = set()
        page.on("request", lambda asked: unanswered.add(asked))
        page.on("requestfinished", lambda asked: unanswered.discard(asked))
        page.on("requestfailed", lambda asked: unanswered.discard(asked))
        page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(address)
        return page

    yield open_page
    if not request.node.stash.get(_PASSED, False):
        for page, unanswered in pages.items():
            sys.stderr.write(told(page, unanswered))
    for context in contexts:
        context.close()
