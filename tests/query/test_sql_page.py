"""docs/sql.md lists the functions that may be called, each and no other."""

from __future__ import annotations

import re

from markdown import ROOT
from rtlakehouse.query.grammar import FUNCTIONS


def test_every_function_that_may_be_called_is_documented() -> None:
    text = (ROOT / "docs/sql.md").read_text(encoding="utf-8").partition("## Functions")[2]
    assert re.findall(r"`(\w+)`", text) == list(FUNCTIONS)
