"""`rtl verify`, `doctor`, `settings`, `bench`: is it right, and why not."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta

import typer
from rich.table import Table

from rtlakehouse.cli.options import JsonFlag, LakeOption, console, say_json
from rtlakehouse.home import examine
from rtlakehouse.settings import Settings, load_settings, origins
from rtlakehouse.storage.doctor import Diagnosis, diagnose
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.verify import Finding
from rtlakehouse.storage.verify import verify as verify_lake

__all__ = ["doctor", "settings", "verify"]


def verify(lake: LakeOption = None, json: JsonFlag = False) -> None:
    """Check every promise on a lake: the ledger balances, gold equals its query over silver, no event counts twice, no
    position is missing, every file is as it was committed. Exit code 1 where one does not hold."""
    chosen = load_settings(lake=lake)
    findings = []
    for finding in verify_lake(Lake.open(chosen.lake), timedelta(seconds=chosen.dedupe_window_s)):
        findings.append(finding)
        if not json:
            console.print(_line(finding), highlight=False, soft_wrap=True)
    broken = sum(not finding.holds for finding in findings)
    if json:
        say_json([asdict(finding) | {"holds": finding.holds} for finding in findings])
    else:
        console.print(
            f"[red]{broken} of {len(findings)} checks failed.[/red]" if broken else f"[green]All {len(findings)} hold.[/green]"
        )
    if broken:
        raise typer.Exit(1)


def _line(finding: Finding) -> str:
    mark = "[green]holds [/green]" if finding.holds else "[red]BROKEN[/red]"
    line = f"{mark} {finding.check:<32} {finding.examined:>12,} examined"
    return (
        line
        if finding.holds
        else f"{line}, {finding.differences:,} differences\n       {finding.promise}\n       {finding.example}"
    )


def settings(lake: LakeOption = None, json: JsonFlag = False) -> None:
    """Print each setting, its value, and where that came from."""
    chosen, where = load_settings(lake=lake), origins(lake=lake)
    if json:
        say_json({name: {"value": getattr(chosen, name), "from": where[name]} for name in Settings.model_fields})
        return
    table = Table("setting", "value", "from", "what it does")
    for name, field in Settings.model_fields.items():
        style = None if where[name] == "default" else "bold"
        table.add_row(name, str(getattr(chosen, name)), where[name], field.description, style=style)
    console.print(table)


def doctor(lake: LakeOption = None, json: JsonFlag = False) -> None:
    """Find what is wrong on this machine or with a lake, and say the fix. Exit code 1 where something is."""
    chosen = load_settings(lake=lake)
    found = [*diagnose(chosen.lake), *examine(chosen)]
    if json:
        say_json([asdict(diagnosis) for diagnosis in found])
    else:
        for diagnosis in found:
            console.print(_advice(diagnosis), highlight=False, soft_wrap=True)
    if not all(diagnosis.well for diagnosis in found):
        raise typer.Exit(1)


def _advice(diagnosis: Diagnosis) -> str:
    mark = "[green]well[/green]" if diagnosis.well else "[red]ill [/red]"
    return f"{mark} {diagnosis.what}" + ("" if diagnosis.well else f"\n     fix: {diagnosis.fix}")
