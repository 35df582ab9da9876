"""The program `rtl`: registers every command, and turns errors into exit codes (0 done, 1 failed, 2 wrong usage)."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from rtlakehouse import __version__
from rtlakehouse.cli import history, ingest, inspect, maintenance, run, simulate, up
from rtlakehouse.cli.options import errors
from rtlakehouse.errors import RtlError, UsageError

__all__ = ["app", "main"]

app = typer.Typer(
    name="rtl",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="""RT-Lakehouse: e-commerce events in, KPIs in open Delta tables a second later.

    Start with [bold]rtl up[/bold], then open the address that it prints.""",
)

app.command(rich_help_panel="Run")(up.up)
app.command(name="run", rich_help_panel="Run")(run.run)
app.command(name="api", rich_help_panel="Run")(run.api)
app.command(rich_help_panel="Data in")(ingest.ingest)
app.command(rich_help_panel="Data in")(simulate.simulate)
app.command(rich_help_panel="Data out")(history.history)
app.command(rich_help_panel="Data out")(history.read)
app.command(rich_help_panel="Data out")(maintenance.snapshot)
app.command(rich_help_panel="Trust")(inspect.verify)
app.command(rich_help_panel="Trust")(inspect.doctor)
app.command(name="settings", rich_help_panel="Trust")(inspect.settings)
app.command(rich_help_panel="Upkeep (runs by itself, too)")(maintenance.optimize)
app.command(rich_help_panel="Upkeep (runs by itself, too)")(maintenance.vacuum)
app.command(rich_help_panel="Upkeep (runs by itself, too)")(maintenance.checkpoint)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"rtl {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    pass


def main() -> None:
    """Entry point. delta-rs's threads sometimes abort a process that is ending, so it ends without waiting for them."""
    code = 1
    try:
        code = app(standalone_mode=False) or 0
    except RtlError as error:
        errors.print(f"[bold red]Error:[/bold red] {error}", highlight=False, soft_wrap=True, markup=True)
        code = 2 if isinstance(error, UsageError) else 1
    except typer.Abort:
        code = 130
    except Exception as error:  # noqa: BLE001 - typer's usage errors share no base of its own; the rest is raised again
        code = _usage(error)
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
