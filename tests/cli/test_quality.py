"""`rtl quality`: how good the data is, and exit code 1 where something that is expected does not hold."""

from __future__ import annotations

import json

from cli.commands import Commands
from rtlakehouse.medallion.expectations import expectations


def test_the_command_says_what_costs_points_and_fails_where_too_much_is_broken(rtl: Commands) -> None:
    program = rtl.run("quality", "--hours", "48", "--json")
    found = json.loads(program.printed)
    assert len(found["results"]["data"]) == len(expectations())
    assert program.code == (1 if found["results"]["broken"] else 0)
    assert found["quality"]["score"]
    assert found["lateness"]["events"]
    shown = rtl.run("quality", "--hours", "48")
    broken = [row["name"] for row in found["results"]["data"] if not row["holds"]]
    assert all(f"BROKEN {name}" in shown.printed for name in broken)
    assert "completeness" in shown.printed


def test_a_tenant_without_events_is_refused(rtl: Commands) -> None:
    assert "no events of tenant 'nobody'" in rtl.refused(2, "quality", "--tenant", "nobody")
