"""`rtl simulate`: the producer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from rtlakehouse.cli.options import JsonFlag, errors, say_json
from rtlakehouse.clock import Clock, SystemClock
from rtlakehouse.contract.contract import load
from rtlakehouse.errors import UsageError
from rtlakehouse.kafka.extra import require_extra
from rtlakehouse.settings import load_settings
from rtlakehouse.simulate.dirt import Dirt, Records
from rtlakehouse.simulate.model import ShopModel, Shoppers
from rtlakehouse.simulate.producer import Pace, produce
from rtlakehouse.simulate.sinks import FileSink, HttpSink, Sink
from rtlakehouse.stopping import Stop

__all__ = ["simulate"]

_KAFKA = "kafka://"


def simulate(
    to: Annotated[
        str,
        typer.Option(
            help="Where to: http://HOST:PORT, kafka://HOST:PORT/TOPIC, or a file for JSON lines (- is standard output)."
        ),
    ] = "http://127.0.0.1:8000",
    rate: Annotated[float, typer.Option(min=1, max=50_000, help="Events a second.")] = 200,
    events: Annotated[int | None, typer.Option(min=1, help="Stop after so many records.", show_default=False)] = None,
    duration: Annotated[float | None, typer.Option(min=0.1, help="Stop after so many seconds.", show_default=False)] = None,
    seed: Annotated[
        int | None, typer.Option(help="The same seed gives the same events (default: one from the clock).", show_default=False)
    ] = None,
    start: Annotated[
        str | None,
        typer.Option(help="Time of the first event, ISO 8601; with --seed and a file: the same bytes again.", show_default=False),
    ] = None,
    unpaced: Annotated[
        bool | None, typer.Option("--unpaced/--paced", help="As fast as it goes (default for files).", show_default=False)
    ] = None,
    batch: Annotated[int, typer.Option(min=1, max=100_000, help="Most records a post.")] = 500,
    malformed: Annotated[float, typer.Option(min=0, max=1, help="Share of records that break the contract.")] = Dirt.malformed,
    duplicates: Annotated[
        float, typer.Option(min=0, max=1, help="Share of exact copies of an earlier record.")
    ] = Dirt.duplicates,
    late: Annotated[float, typer.Option(min=0, max=1, help="Share of events sent later than the watermark of 15 s.")] = Dirt.late,
    late_by: Annotated[float, typer.Option(min=17, help="How late at most, in seconds.")] = Dirt.late_by_s,
    out_of_order: Annotated[
        float, typer.Option(min=0, max=1, help="Share of events out of order, within 10 s.")
    ] = Dirt.out_of_order,
    daily_rhythm: Annotated[bool, typer.Option("--daily-rhythm", help="Quiet nights and busy evenings (UTC).")] = False,
    burst_every: Annotated[float, typer.Option(min=0, help="A burst of 5 s every so many seconds; 0: none.")] = 0,
    burst_factor: Annotated[float, typer.Option(min=1, help="How much faster a burst is.")] = 5,
    report: Annotated[Path | None, typer.Option(help="Write what was sent to this file, as JSON.", show_default=False)] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress line and no report on the terminal.")] = False,
    json: JsonFlag = False,
) -> None:
    """Send the events of simulated shoppers, with the dirt that real streams carry, and say what was sent.

    Shoppers browse popular products, fill carts, order and sometimes return. Ctrl-C ends it with the report.
    """
    if malformed + duplicates + late + out_of_order > 1:
        raise UsageError("--malformed, --duplicates, --late and --out-of-order together are more than 1.")
    clock = SystemClock()
    chosen = seed if seed is not None else int(clock.now().timestamp() * 1000)
    to_file = not to.startswith(("http://", "https://", _KAFKA))
    shoppers = Shoppers(ShopModel(), chosen, visitors=max(10, int(rate * ShopModel.seconds_between)))
    records = Records(shoppers, Dirt(malformed, duplicates, late, out_of_order, late_by), chosen)
    pace = Pace(
        rate=rate,
        events=events,
        duration_s=duration,
        batch=batch,
        unpaced=to_file if unpaced is None else unpaced,
        start=_instant(start),
        daily_rhythm=daily_rhythm,
        burst_every_s=burst_every,
        burst_factor=burst_factor,
    )
    if to_file and events is None and duration is None:
        raise UsageError("A file needs an end: give --events or --duration.")
    _send(records, to, pace, clock, silent=quiet or json)
    said = {"seed": chosen, **records.report.as_dict()}
    if report is not None:
        report.write_bytes(msgspec.json.format(msgspec.json.encode(said), indent=2) + b"\n")
    if json:
        say_json(said)
    elif not quiet:
        errors.print_json(data=said)


def _send(records: Records, to: str, pace: Pace, clock: Clock, *, silent: bool) -> None:
    """Send until the end of the pace or Ctrl-C, with a progress line unless that is not wanted."""
    stop = Stop().on_signals()
    sink = _sink(to, clock, stop.is_set)
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.completed:,.0f} events sent"),
        TimeElapsedColumn(),
        console=errors,
        disable=silent,
    ) as bars:
        bar = bars.add_task("", total=pace.events)
        try:
            produce(records, sink, pace, clock, stop.is_set, lambda sent: bars.update(bar, completed=sent))
        finally:
            sink.close()


def _sink(to: str, clock: Clock, stopped: Callable[[], bool]) -> Sink:
    if to.startswith(_KAFKA):
        return _kafka_sink(to.removeprefix(_KAFKA), stopped)
    if not to.startswith(("http://", "https://")):
        return FileSink(to)
    key = load_settings().api_key
    return HttpSink(to, clock, stopped, key.get_secret_value() if key else None)


def _kafka_sink(place: str, stopped: Callable[[], bool]) -> Sink:
    """place: HOST:PORT/TOPIC; the other settings of Kafka are those in force."""
    require_extra()
    from rtlakehouse.kafka.producer import EventProducer
    from rtlakehouse.simulate.kafka_sink import KafkaSink

    brokers, _, topic = place.partition("/")
    if not brokers or not topic:
        raise UsageError(f"--to {_KAFKA}{place} must be {_KAFKA}HOST:PORT/TOPIC.")
    settings = load_settings(kafka=brokers, kafka_topic=topic)
    producer = EventProducer(settings, {"schema_version": str(load().version)}, timeout_ms=0)
    return KafkaSink(producer, "default", stopped)


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--start {text!r} is no ISO 8601 time, such as 2026-11-24T10:00:00Z.") from None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
