"""`rtl up`: everything on one machine."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Annotated

import httpx
import structlog
import typer

from rtlakehouse.cli.first_key import say_first_key, simulator_key
from rtlakehouse.cli.kafka import KAFKA_HOST, KafkaOption, SourceOption, local_kafka
from rtlakehouse.cli.monitor import port_of_monitor
from rtlakehouse.cli.options import EngineOption, LakeOption, MasterOption, console
from rtlakehouse.clock import Clock, SystemClock
from rtlakehouse.control import Keys, Store
from rtlakehouse.engines.registry import FEEDS
from rtlakehouse.environment import child_environment
from rtlakehouse.errors import UsageError
from rtlakehouse.home import Home, opened_home
from rtlakehouse.kafka.extra import require_extra
from rtlakehouse.kafka.local import Coordination
from rtlakehouse.monitor import command
from rtlakehouse.monitor import require_extra as require_streamlit
from rtlakehouse.observability.logging import configure
from rtlakehouse.settings import Settings, load_settings
from rtlakehouse.stack.ports import address_of, free_port
from rtlakehouse.stack.supervisor import Part, Supervisor
from rtlakehouse.storage.assignment import choose
from rtlakehouse.storage.durable import writing
from rtlakehouse.storage.lake import Lake

__all__ = ["up"]

log = structlog.get_logger(__name__)

_READY_S = 60.0
_PROGRAM = (sys.executable, "-m", "rtlakehouse")


def up(
    monitor: Annotated[bool, typer.Option("--monitor/--no-monitor", help="Whether there is a monitor, on port 8501.")] = True,
    simulator: Annotated[bool, typer.Option("--simulator/--no-simulator", help="Whether simulated shoppers send events.")] = True,
    rate: Annotated[
        float | None, typer.Option(min=1, max=50_000, help="Events a second of the simulator (default: 200).", show_default=False)
    ] = None,
    lake: LakeOption = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on (default: 127.0.0.1).", show_default=False)] = None,
    port: Annotated[
        int | None,
        typer.Option(help="Port of API and dashboard (default: 8000; the next free one when taken).", show_default=False),
    ] = None,
    source: SourceOption = None,
    kafka: KafkaOption = None,
    coordination: Annotated[
        Coordination | None,
        typer.Option(help="Of a local Kafka: as in [bold]rtl kafka[/bold] (default: kraft).", show_default=False),
    ] = None,
    engine: EngineOption = None,
    master: MasterOption = None,
) -> None:
    """Start everything on this machine: engine, API with its dashboard, monitor and simulator; stop it with Ctrl-C.

    What dies is started again. The lake is kept: the next start goes on where this one ended.
    """
    flags = {"host": host, "port": port, "simulate_rate": rate, "source": source, "kafka": kafka}
    settings = load_settings(lake=lake, engine=engine, spark_master=master, **flags)
    configure(settings, "up")
    clock = SystemClock()
    with _lake_of_ours(settings, clock) as home:
        brokers, address = _kafka(settings, coordination)
        chosen = free_port(settings.host, settings.port)
        if settings.port not in (0, chosen):
            console.print(f"Port {settings.port} is taken; using {chosen}.")
        watching, places = _monitor(settings, chosen) if monitor else ([], {})
        with _keys(settings, clock) as key:
            parts = [
                *brokers,
                *_parts(settings, chosen, address),
                *_simulator(settings, chosen, address, key if simulator else None),
                *watching,
            ]
            supervisor = Supervisor(parts, clock, child_environment(), settings.up_nice)
            home.keep(Lake(settings.lake), supervisor.stop)
            code = _watch(supervisor, settings, chosen, places)
    if code:
        raise typer.Exit(code)


@contextmanager
def _lake_of_ours(settings: Settings, clock: Clock) -> Iterator[Home]:
    """The lake, ready, with nobody else at work on it, and its home. Raises LakeLockedError naming who is."""
    lake = Lake(settings.lake)
    with writing(f"The lake {lake.root}"):
        lake.control.mkdir(parents=True, exist_ok=True)
        supervising = lake.lock("supervisor", clock.now())
    with supervising, opened_home(settings, clock) as home:
        if settings.home:
            console.print(f"{settings.lake} is the working copy of {settings.home}.", soft_wrap=True, highlight=False)
        with lake.lock("engine", clock.now()), lake.lock("gateway", clock.now()):
            Lake.create(settings.lake)
        yield home


def _kafka(settings: Settings, coordination: Coordination | None) -> tuple[list[Part], str]:
    """The brokers to start, and the address of Kafka; none and nothing where the source is another.

    Raises UsageError for a coordination that is not that of the Kafka there is.
    """
    if coordination and (settings.source != "kafka" or settings.kafka != "local"):
        raise UsageError("--coordination is of a Kafka that is started here: add --source kafka --kafka local.")
    if settings.source != "kafka":
        return [], ""
    require_extra(broker=settings.kafka == "local")
    if settings.kafka != "local":
        return [], settings.kafka
    local = local_kafka(settings)
    if (running := local.running()) is not None:
        if coordination and coordination.value != running.coordination:
            raise UsageError(f"The local Kafka runs by {running.coordination}: `rtl kafka stop` first, or no --coordination.")
        return [], running.address
    port = free_port(KAFKA_HOST, settings.kafka_port)
    return local.parts(coordination or Coordination.KRAFT, port), f"{KAFKA_HOST}:{port}"


@contextmanager
def _keys(settings: Settings, clock: Clock) -> Iterator[str]:
    """The key that the simulator posts with. The first of the lake is said."""
    with closing(Store.open(settings)) as store:
        keys = Keys(store, clock)
        say_first_key(keys)
        with simulator_key(keys) as key:
            yield key


def _parts(settings: Settings, port: int, kafka: str) -> list[Part]:
    # The supervisor keeps the home; to its parts the lake is a directory.
    where = ["--lake", str(settings.lake)]
    source = ["--source", "kafka", "--kafka", kafka] if kafka else []
    name = choose(Lake(settings.lake), settings.engine)
    reading = ["--kafka", kafka] if kafka and name in FEEDS else []
    parts = [Part("engine", [*_PROGRAM, "run", *where, "--engine", name, "--master", settings.spark_master, *reading])]
    if kafka and not reading:
        parts.append(Part("source", [*_PROGRAM, "consume", *where, "--kafka", kafka]))
    parts.append(Part("api", [*_PROGRAM, "api", *where, "--host", settings.host, "--port", str(port), *source]))
    return parts


def _simulator(settings: Settings, port: int, kafka: str, key: str | None) -> Iterator[Part]:
    """What sends events, where it is wanted. Its key is in its environment: everybody on a machine can read command lines."""
    if key is not None:
        to = f"kafka://{kafka}/{settings.kafka_topic}" if kafka else address_of(settings.host, port)
        command = [*_PROGRAM, "simulate", "--to", to, "--rate", f"{settings.simulate_rate:g}", "--quiet"]
        yield Part("simulator", command, {"RTL_API_KEY": key})


def _monitor(settings: Settings, port: int) -> tuple[list[Part], dict[str, str]]:
    """The monitor, and where it is; none, which is said, where what it needs is not installed."""
    try:
        require_streamlit()
    except UsageError as missing:
        console.print(f"There is no monitor. {missing}", markup=False, highlight=False, soft_wrap=True)
        return [], {}
    # The API, which does not listen yet, may be wanted on the monitor's own port.
    wanted = settings.monitor_port if settings.monitor_port != port else port + 1
    chosen = port_of_monitor(settings.host, wanted)
    program = command(address_of(settings.host, port), settings.host, chosen)
    return [Part("monitor", program)], {"Monitor": f"{address_of(settings.host, chosen)}/"}


def _watch(supervisor: Supervisor, settings: Settings, port: int, places: Mapping[str, str]) -> int:
    """Run the parts until a signal asks to stop. A terminal that is closed sends SIGHUP."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: supervisor.stop())
    try:
        supervisor.start()
        address = address_of(settings.host, port)
        threading.Thread(target=_announce, args=(address, str(settings.lake), places), daemon=True).start()
        code = supervisor.watch()
        console.print("Stopping.")
    finally:
        supervisor.close()
    console.print("Stopped. The lake is complete; start again with the same command.")
    return code


def _announce(address: str, lake: str, others: Mapping[str, str]) -> None:
    """Print the addresses as soon as they answer."""
    deadline = time.monotonic() + _READY_S
    while time.monotonic() < deadline:
        try:
            httpx.get(f"{address}/api/v1/health/ready", timeout=1).raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.1)
            continue
        places = {
            "Dashboard": f"[bold]{address}/[/bold]",
            "API": f"{address}/api/docs",
            **others,
            "Lake": lake,
            "Stop": "Ctrl-C",
        }
        console.print("", *(f"  {name:<10} {place}" for name, place in places.items()), "", sep="\n", highlight=False)
        return
    log.error("the API does not answer; see the lines above", address=address)
