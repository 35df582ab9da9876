"""`rtl kafka`: a real Kafka on this machine, without Docker."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rtlakehouse.cli.options import JsonFlag, console, errors, say_json
from rtlakehouse.clock import SystemClock
from rtlakehouse.environment import user_cache
from rtlakehouse.kafka.extra import require_extra
from rtlakehouse.kafka.local import Coordination
from rtlakehouse.settings import Settings, load_settings
from rtlakehouse.stack.ports import free_port

if TYPE_CHECKING:
    from rtlakehouse.stack.kafka import LocalKafka

__all__ = ["KAFKA_HOST", "AcceptLossOption", "KafkaOption", "SourceOption", "TopicOption", "kafka", "local_kafka"]

KAFKA_HOST = "127.0.0.1"

SourceOption = Annotated[
    str | None, typer.Option("--source", help="Where live events come from: http (the default) or kafka.", show_default=False)
]
KafkaOption = Annotated[
    str | None, typer.Option("--kafka", help="Brokers, HOST:PORT, or local (the default).", show_default=False)
]
TopicOption = Annotated[str | None, typer.Option("--topic", help="The topic to read (default: events).", show_default=False)]
AcceptLossOption = Annotated[
    bool, typer.Option("--accept-loss", help="Put on record what Kafka lost before it was read, and go on after it.")
]


class Action(Enum):
    """What can be done with it."""

    START = "start"
    STOP = "stop"
    STATUS = "status"


def kafka(
    action: Annotated[Action, typer.Argument(help="What to do.", show_default=False)],
    coordination: Annotated[
        Coordination,
        typer.Option(help="[bold]kraft[/bold]: Kafka 4 by itself; [bold]zookeeper[/bold]: Kafka 3.9 with ZooKeeper."),
    ] = Coordination.KRAFT,
    folder: Annotated[
        Path | None, typer.Option(help="Directory of its data and logs (default: ./kafka).", show_default=False)
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="Port to listen on (default: 9092; the next free one when taken).", show_default=False)
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Start, stop or look at a real Kafka on this machine, in the background; its data is kept between starts.

    The first start fetches its jars (about 45 MB) into the user's cache. `status` ends with exit code 1 where it does not run.
    """
    require_extra(broker=True)
    settings = load_settings(kafka_folder=folder, kafka_port=port)
    local = local_kafka(settings)
    if action is Action.START and local.running() is None:
        _start(local, settings, coordination)
    elif action is Action.STOP and (running := local.running()) is not None:
        local.stop(running)
    state = _state(local)
    if json:
        say_json(state)
    else:
        for name, value in state.items():
            console.print(f"{name:<13}{value}", highlight=False, soft_wrap=True)
    if action is Action.STATUS and not state["running"]:
        raise typer.Exit(1)


def local_kafka(settings: Settings) -> LocalKafka:
    """The local Kafka that the settings describe."""
    from rtlakehouse.stack.kafka import LocalKafka

    return LocalKafka(settings.kafka_folder, user_cache(), SystemClock(), settings.kafka_partitions)


def _start(local: LocalKafka, settings: Settings, coordination: Coordination) -> None:
    port = free_port(KAFKA_HOST, settings.kafka_port)
    if port != settings.kafka_port:
        errors.print(f"Port {settings.kafka_port} is taken; using {port}.")
    local.start(coordination, port)


def _state(local: LocalKafka) -> dict[str, Any]:
    running = local.running()
    if running is None:
        return {"running": False, "folder": str(local.folder)}
    return {
        "running": True,
        "address": running.address,
        "version": running.version,
        "coordination": running.coordination,
        "pids": {name: process.pid for name, process in running.processes.items()},
        "folder": str(local.folder),
        "log": str(local.log_of(running.coordination)),
    }
