"""The system's Chromium, driven by playwright."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

from rtlakehouse.errors import UsageError

if TYPE_CHECKING:
    from playwright.sync_api import Browser

__all__ = ["chromium", "require_chromium"]

_NAMES = ("chromium", "chromium-browser", "google-chrome")


def require_chromium() -> None:
    """Raise UsageError with the way to what is missing."""
    if find_spec("playwright") is None:
        raise UsageError("A browser is driven with playwright: `pip install playwright`, or run it in a checkout of the sources.")
    if _installed() is None:
        raise UsageError("Pages are measured in Chromium, which is not there; install it: apt-get install -y chromium")


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser without windows, which ends with the block."""
    # Only here: what it needs comes with a checkout's development, and no other command has to have it.
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_installed())
        yield browser
        browser.close()


def _installed() -> str | None:
    return next((found for name in _NAMES if (found := shutil.which(name))), None)
