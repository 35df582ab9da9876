"""`rtl up`: everything on one machine."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated

import httpx
import structlog
import typer

from rtlakehouse.cli.first_key import say_first_key, simulator_key
from rtlakehouse.cli.kafka import KAFKA_HOST, KafkaOption, SourceOption, local_kafka
from rtlakehouse.cli.options import EngineOption, LakeOption, MasterOption, console
from rtlakehouse.clock import Clock, SystemClock
from rtlakehouse.control import Keys, Store
from rtlakehouse.engines.registry import FEEDS
from rtlakehouse.kafka.extra import require_extra
from rtlakehouse.kafka.local import Coordination
from rtlakehouse.observability.logging import configure
from rtlakehouse.settings import Settings, child_environment, load_settings
from rtlakehouse.stack.ports import free_port
from rtlakehouse.stack.supervisor import Part, Supervisor
from rtlakehouse.storage.assignment import choose
from rtlakehouse.storage.durable import writing
from rtlakehouse.storage.lake import Lake

__all__ = ["up"]

log = structlog.get_logger(__name__)

_READY_S = 60.0
_PROGRAM = (sys.executable, "-m", "rtlakehouse")


def up(
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
    engine: EngineOption = None,
    master: MasterOption = None,
) -> None:
    """Start everything on this machine: the engine, the API with its dashboard, and the simulator; stop it with Ctrl-C.

    What dies is started again. The lake is kept: the next start goes on where this one ended.
    """
    flags = {"host": host, "port": port, "simulate_rate": rate, "source": source, "kafka": kafka}
    settings = load_settings(lake=lake, engine=engine, spark_master=master, **flags)
    configure(settings, "up")
    clock = SystemClock()
    with _lake_of_ours(settings.lake, clock):
        brokers, address = _kafka(settings)
        chosen = free_port(settings.host, settings.port)
        if settings.port not in (0, chosen):
            console.print(f"Port {settings.port} is taken; using {chosen}.")
        with _keys(settings, clock) as key:
            parts = [
                *brokers,
                *_parts(settings, chosen, address),
                *_simulator(settings, chosen, address, key if simulator else None),
            ]
            code = _watch(Supervisor(parts, clock, child_environment()), settings, chosen)
    if code:
        raise typer.Exit(code)


@contextmanager
def _lake_of_ours(root: Path, clock: Clock) -> Iterator[None]:
    """The lake, ready, with nobody else at work on it. Raises LakeLockedError naming who is."""
    lake = Lake(root)
    with writing(f"The lake {lake.root}"):
        lake.control.mkdir(parents=True, exist_ok=True)
        supervising = lake.lock("supervisor", clock.now())
    with supervising:
        with lake.lock("engine", clock.now()), lake.lock("gateway", clock.now()):
            Lake.create(root)
        yield


def _kafka(settings: Settings) -> tuple[list[Part], str]:
    """The brokers to start, and the address of Kafka; none and nothing where the source is another."""
    if settings.source != "kafka":
        return [], ""
    require_extra()
    if settings.kafka != "local":
        return [], settings.kafka
    local = local_kafka(settings)
    if (running := local.running()) is not None:
        return [], running.address
    return local.parts(Coordination.KRAFT, port := free_port(KAFKA_HOST, settings.kafka_port)), f"{KAFKA_HOST}:{port}"


@contextmanager
def _keys(settings: Settings, clock: Clock) -> Iterator[str]:
    """The key that the simulator posts with. The first of the lake is said."""
    with closing(Store.open(settings)) as store:
        keys = Keys(store, clock)
        say_first_key(keys)
        with simulator_key(keys) as key:
            yield key


def _parts(settings: Settings, port: int, kafka: str) -> list[Part]:
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
        to = f"kafka://{kafka}/{settings.kafka_topic}" if kafka else _address(settings.host, port)
        command = [*_PROGRAM, "simulate", "--to", to, "--rate", f"{settings.simulate_rate:g}", "--quiet"]
        yield Part("simulator", command, {"RTL_API_KEY": key})


def _address(host: str, port: int) -> str:
    reachable = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 - compared, not bound
    return f"http://{f'[{reachable}]' if ':' in reachable else reachable}:{port}"


def _watch(supervisor: Supervisor, settings: Settings, port: int) -> int:
    """Run the parts until a signal asks to stop. A terminal that is closed sends SIGHUP."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: supervisor.stop())
    try:
        supervisor.start()
        address = _address(settings.host, port)
        threading.Thread(target=_announce, args=(address, str(settings.lake)), daemon=True).start()
        code = supervisor.watch()
        console.print("Stopping.")
    finally:
        supervisor.close()
    console.print("Stopped. The lake is complete; start again with the same command.")
    return code


def _announce(address: str, lake: str) -> None:
    """Print the addresses as soon as they answer."""
    deadline = time.monotonic() + _READY_S
    while time.monotonic() < deadline:
        try:
            httpx.get(f"{address}/api/v1/health/ready", timeout=1).raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.1)
            continue
        places = {"Dashboard": f"[bold]{address}/[/bold]", "API": f"{address}/api/docs", "Lake": lake, "Stop": "Ctrl-C"}
        console.print("", *(f"  {name:<10} {place}" for name, place in places.items()), "", sep="\n", highlight=False)
        return
    log.error("the API does not answer; see the lines above", address=address)
