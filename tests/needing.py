"""Tests that need what this machine may lack: skipped with the command that brings it, and failed where all must run."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def missing(how: str) -> NoReturn:
    """Skip the test that runs, saying what to install; fail it in the continuous integration, which installs it."""
    (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(how)
