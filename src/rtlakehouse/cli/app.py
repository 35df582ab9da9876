"""The program `rtl`: finds its commands, and turns errors into exit codes (0 done, 1 failed, 2 wrong usage)."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Annotated

import typer
from rich.markup import escape

from rtlakehouse import __version__, tracing
from rtlakehouse.cli.options import errors
from rtlakehouse.environment import choose_allocator
from rtlakehouse.errors import RtlError, UsageError

__all__ = ["main", "program"]

# Each command with the file of this folder that has it, under the heading it is listed by.
COMMANDS = {
    "Run": {"up": "up", "run": "run", "api": "api", "monitor": "monitor", "kafka": "kafka", "handover": "handover"},
    "Data in": {"ingest": "ingest", "consume": "consume", "simulate": "simulate"},
    "Data out": {
        "history": "history",
        "read": "history",
        "export": "export",
        "mirror": "mirror",
        "compare": "compare",
        "lineage": "lineage",
        "snapshot": "maintenance",
        "mcp": "mcp",
    },
    "Trust": {
        "verify": "inspect",
        "backfill": "mending",
        "restore": "mending",
        "erase": "erase",
        "retain": "mending",
        "quality": "quality",
        "alerts": "alerts",
        "doctor": "inspect",
        "settings": "inspect",
        "keys": "keys",
        "bench": "bench",
        "certify": "certify",
    },
    "Upkeep (runs by itself, too)": {
        "optimize": "maintenance",
        "vacuum": "maintenance",
        "checkpoint": "maintenance",
        "jobs": "jobs",
    },
}


def program(only: str | None = None) -> typer.Typer:
    """The program with all its commands, or with one: to import what the others need takes longer than most of them do."""
    rtl = typer.Typer(
        name="rtl",
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
        callback=_root,
        help="""RT-Lakehouse: e-commerce events in, KPIs in open Delta tables a second later.

        Start with [bold]rtl up[/bold], then open the address that it prints.""",
    )
    for heading, commands in COMMANDS.items():
        for name, file in commands.items():
            if only in (None, name):
                module = import_module(f"rtlakehouse.cli.{file}")
                rtl.command(name=name, rich_help_panel=heading)(getattr(module, name))
    return rtl


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"rtl {__version__}")
        raise typer.Exit


def _root(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    pass


def _called(arguments: list[str]) -> str | None:
    """The command that is called, where the first argument is one."""
    known = {name for commands in COMMANDS.values() for name in commands}
    return arguments[0] if arguments and arguments[0] in known else None


def main() -> None:
    """Entry point. delta-rs's threads sometimes abort a process that is ending, so it ends without waiting for them."""
    code = 1
    choose_allocator()
    try:
        code = program(_called(sys.argv[1:]))(standalone_mode=False) or 0
    except RtlError as error:
        errors.print(f"[bold red]Error:[/bold red] {escape(str(error))}", highlight=False, soft_wrap=True)
        code = 2 if isinstance(error, UsageError) else 1
    except typer.Abort:
        code = 130
    except Exception as error:  # noqa: BLE001 - typer's usage errors share no base of its own; the rest is raised again
        code = _usage(error)
    tracing.use(None)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _usage(error: Exception) -> int:
    """Typer's own usage errors print themselves; anything else is a defect and shows its traceback."""
    show = getattr(error, "show", None)
    if show is None:
        raise error
    show()
    return int(getattr(error, "exit_code", 2))
