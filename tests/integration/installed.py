"""The program `rtl` as it is installed: a process of its own, started by its name."""

from __future__ import annotations

import json
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from faults.programs import Program, Programs

RTL = Path(sysconfig.get_path("scripts")) / "rtl"


@dataclass(frozen=True)
class Installed:
    """Runs it on one lake."""

    programs: Programs
    lake: Path

    def start(self, *arguments: str | Path, settings: Mapping[str, object] | None = None) -> Program:
        return self.programs.adopt([str(part) for part in (RTL, *arguments)], self.lake, settings)

    def run(self, *arguments: str | Path, settings: Mapping[str, object] | None = None) -> Program:
        """Run a command to its end, whatever that is."""
        program = self.start(*arguments, settings=settings)
        program.wait(seconds=250)
        return program

    def json(self, *arguments: str | Path, settings: Mapping[str, object] | None = None) -> Any:
        """What a command says as JSON; it must end well."""
        program = self.run(*arguments, "--json", settings=settings)
        assert program.code == 0, program.said[-3000:]
        return json.loads(program.printed)
