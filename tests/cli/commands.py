"""Commands of `rtl` as they are typed, run to their end."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from faults.programs import Program, Programs

# Every command but `bench`, which has tests of its own; the two that run until they are stopped are ended elsewhere.
ALL = (
    *("up", "run", "api", "kafka", "ingest", "consume", "simulate", "history", "read", "export", "compare", "lineage", "mcp"),
    *("snapshot", "verify", "quality", "alerts", "doctor", "settings", "keys", "certify", "handover"),
    *("optimize", "vacuum", "checkpoint", "erase"),
)


@dataclass(frozen=True)
class Commands:
    """Runs them on one lake."""

    programs: Programs
    lake: Path

    def run(self, *arguments: str | Path, settings: Mapping[str, object] | None = None) -> Program:
        program = self.programs.run(*arguments, lake=self.lake, settings=settings)
        assert "Traceback" not in program.said, program.said
        return program

    def ok(self, *arguments: str | Path, settings: Mapping[str, object] | None = None) -> str:
        """What a command prints that must end well."""
        program = self.run(*arguments, settings=settings)
        assert program.code == 0, program.said
        return program.printed

    def json(self, *arguments: str | Path, settings: Mapping[str, object] | None = None) -> Any:
        return json.loads(self.ok(*arguments, "--json", settings=settings))

    def refused(self, code: int, *arguments: str | Path, settings: Mapping[str, object] | None = None) -> str:
        """Why a command ends with this code; it must print nothing else."""
        program = self.run(*arguments, settings=settings)
        assert (program.code, program.printed) == (code, ""), program.said
        return program.said
