"""Flags that several commands share, and how a command says what it found."""

from __future__ import annotations

import json
import re
from typing import Annotated, Any

import typer
from rich.console import Console

from rtlakehouse.errors import UsageError
from rtlakehouse.ingest.records import TENANT_PATTERN

__all__ = ["DryRun", "EngineOption", "JsonFlag", "LakeOption", "MasterOption", "console", "errors", "require_tenant", "say_json"]

console = Console()
errors = Console(stderr=True)

LakeOption = Annotated[
    str | None,
    typer.Option("--lake", help="Directory of the lake, or its address, such as s3://… (default: ./lake).", show_default=False),
]
EngineOption = Annotated[
    str | None,
    typer.Option("--engine", help="embedded or spark (default: the lake's own; embedded for a new lake).", show_default=False),
]
MasterOption = Annotated[
    str | None, typer.Option("--master", help="Where Spark runs, such as local[2] (the default).", show_default=False)
]
JsonFlag = Annotated[bool, typer.Option("--json", help="Print the answer as JSON, for scripts.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")]


def require_tenant(name: str) -> None:
    """Raise UsageError for what can be no tenant."""
    if not re.match(TENANT_PATTERN, name):
        raise UsageError(f"--tenant {name!r} must match {TENANT_PATTERN}: lower case letters, digits and underscores.")


def say_json(document: Any) -> None:
    """One JSON document on standard output."""
    typer.echo(json.dumps(document, indent=2, default=str))
