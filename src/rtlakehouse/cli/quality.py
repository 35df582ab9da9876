"""`rtl quality`: how good the data is, and why."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime, timedelta
from typing import Annotated

import typer
from rich.table import Table

from rtlakehouse.api.quality import schemas
from rtlakehouse.catalog import Catalog
from rtlakehouse.cli.options import JsonFlag, LakeOption, console, say_json
from rtlakehouse.clock import SystemClock
from rtlakehouse.errors import UsageError
from rtlakehouse.ingest.records import DEFAULT_TENANT
from rtlakehouse.quality.results import Span
from rtlakehouse.quality.score import Measured, Targets, measure, score
from rtlakehouse.settings import Settings, load_settings
from rtlakehouse.storage.lake import Lake

__all__ = ["quality"]

_MINUTE = timedelta(minutes=1)


def quality(
    tenant: Annotated[str, typer.Option(help="Whose data.")] = DEFAULT_TENANT,
    hours: Annotated[int, typer.Option(min=1, help="How many hours up to the newest minute.")] = 1,
    lake: LakeOption = None,
    json: JsonFlag = False,
) -> None:
    """Say how good the data is: a score with what costs points, every expectation, freshness, and how late events arrive.
    Exit code 1 where an expectation does not hold."""
    judged_at = SystemClock().now().replace(microsecond=0)
    span, measured = _measured(load_settings(lake=lake), tenant, timedelta(hours=hours), judged_at)
    if json:
        _say_json(span, measured, judged_at)
    else:
        _say(span, measured)
    if not all(result.holds for result in measured.results):
        raise typer.Exit(1)


def _measured(settings: Settings, tenant: str, length: timedelta, judged_at: datetime) -> tuple[Span, Measured]:
    catalog = Catalog(
        Lake.open(settings.lake),
        SystemClock(),
        poll=timedelta(seconds=1),
        memory_mb=settings.catalog_memory_mb,
        gold_mb=settings.gold_memory_mb,
    )
    with closing(catalog):
        newest = catalog.latest.newest_window(tenant)
        if newest is None:
            raise UsageError(f"The lake has no events of tenant {tenant!r}; name another with --tenant, or send some.")
        span = Span(tenant, newest + _MINUTE - length, newest + _MINUTE)
        targets = Targets(timedelta(seconds=settings.watermark_s), timedelta(seconds=settings.freshness_target_s))
        return span, measure(catalog.latest, span, judged_at, targets)


def _say_json(span: Span, measured: Measured, judged_at: datetime) -> None:
    say_json(
        {
            "quality": schemas.quality(span, judged_at, score(measured)).model_dump(),
            "results": schemas.result_list(span, measured.results).model_dump(),
            "freshness": schemas.freshness_list(judged_at, measured.freshness).model_dump(),
            "lateness": schemas.lateness_curve(span, measured.lateness).model_dump(),
        }
    )


def _say(span: Span, measured: Measured) -> None:
    found = score(measured)
    parts = Table("part", "share", "weight", "points lost", "why")
    for part in found.parts:
        parts.add_row(part.name, "" if part.share is None else f"{part.share:.2%}", str(part.weight), f"{part.lost}", part.why)
    console.print(parts)
    for result in measured.results:
        if result.failed:
            mark = "[yellow]holds [/yellow]" if result.holds else "[red]BROKEN[/red]"
            name = result.expectation.name
            console.print(f"{mark} {name:<32} {result.failed:,} of {result.examined:,}", highlight=False, soft_wrap=True)
            console.print(f"       {result.expectation.rule}", highlight=False, markup=False, soft_wrap=True)
    broken = sum(not result.holds for result in measured.results)
    waits = ", ".join(f"{each.share:.1%} within {each.watermark_ms:,} ms" for each in measured.lateness.quantiles)
    console.print(f"Events arrive: {waits}.", highlight=False, soft_wrap=True)
    colour, all_of = ("red" if broken else "green"), len(measured.results)
    held = f"{broken} of {all_of} expectations do not hold." if broken else f"All {all_of} expectations hold."
    console.print(f"[{colour}]{found.score} of 100[/{colour}], {span.start:%Y-%m-%d %H:%M} to {span.end:%H:%M} UTC. {held}")
