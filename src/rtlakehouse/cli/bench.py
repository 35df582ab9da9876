"""`rtl bench`: the figures, measured on this machine."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from rtlakehouse.benchmarks.figure import FULL, QUICK, Figure
from rtlakehouse.benchmarks.registry import BENCHMARKS, machine, run
from rtlakehouse.cli.options import JsonFlag, console, errors, say_json
from rtlakehouse.errors import UsageError
from rtlakehouse.observability.logging import configure
from rtlakehouse.settings import load_settings

__all__ = ["bench"]


def bench(
    names: Annotated[
        list[str] | None,
        typer.Argument(help=f"Which to run: {', '.join(BENCHMARKS)} (default: all, about half an hour).", show_default=False),
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="A tenth of everything: to try, not to compare.")] = False,
    folder: Annotated[
        Path | None,
        typer.Option(help="Where the lakes are made, on the disk to be measured (default: the system's temporary directory)."),
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Measure throughput, latency, memory and start-up beside what this machine itself can do.

    Uses lakes of its own and leaves nothing behind. Let nothing else run meanwhile.
    """
    if unknown := [name for name in names or [] if name not in BENCHMARKS]:
        raise UsageError(f"There is no benchmark {unknown[0]!r}; there are {', '.join(BENCHMARKS)}.")
    configure(load_settings(log_level="warning"), "bench")
    for name in names or []:
        BENCHMARKS[name].check()
    chosen = names or list(_possible())
    where = folder or Path(tempfile.gettempdir())
    about = machine(where)
    figures: list[Figure] = []
    for name in chosen:
        errors.print(f"[dim]{name}: {BENCHMARKS[name].what} ...[/dim]", highlight=False)
        for figure in run(BENCHMARKS[name], where, QUICK if quick else FULL):
            errors.print(f"  {figure.what}: {_number(figure.value)} {figure.unit}", highlight=False)
            figures.append(figure)
    if json:
        say_json({"machine": about, "quick": quick, "figures": [asdict(f) | {"is_reached": f.is_reached} for f in figures]})
    else:
        console.print(_table(figures))
        console.print(", ".join(f"{key} {value}" for key, value in about.items()), style="dim", highlight=False)


def _possible() -> Iterator[str]:
    """Those that this machine has everything for; what is left out is said."""
    for name, benchmark in BENCHMARKS.items():
        try:
            benchmark.check()
        except UsageError as error:
            errors.print(f"{name} is left out: {error}", highlight=False, markup=False)
        else:
            yield name


def _table(figures: list[Figure]) -> Table:
    table = Table("figure", "measured", "to reach", "beside it, in the same run")
    table.columns[1].justify = table.columns[2].justify = "right"
    for figure in figures:
        colour = {True: "green", False: "red", None: "default"}[figure.is_reached]
        target = "" if figure.target is None else f"{'≥' if figure.at_least else '≤'} {_number(figure.target)} {figure.unit}"
        beside = "\n".join(f"{limit.what}: {_number(limit.value)} {limit.unit}" for limit in figure.beside)
        table.add_row(figure.what, f"[{colour}]{_number(figure.value)} {figure.unit}[/{colour}]", target, beside)
    return table


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.3g}"
