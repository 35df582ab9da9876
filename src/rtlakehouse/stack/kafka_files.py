"""The configuration files of a local Kafka: one broker, on the loopback address only."""

from __future__ import annotations

from pathlib import Path

__all__ = ["HOST", "LOGGING", "broker_properties", "zookeeper_properties"]

HOST = "127.0.0.1"
# Events have 64 KiB at most; larger ones are for quarantine, which is to be tried on a laptop, too.
_LARGEST_BYTES = 32 << 20

# Five files of 10 MiB, the newest `kafka.log` or `zookeeper.log`.
LOGGING = """rootLogger.level = info
rootLogger.appenderRef.file.ref = file
appender.file.type = RollingFile
appender.file.name = file
appender.file.fileName = ${sys:rtl.log}
appender.file.filePattern = ${sys:rtl.log}.%i
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d{ISO8601} %-5p %m (%c{1})%n
appender.file.policies.type = SizeBasedTriggeringPolicy
appender.file.policies.size = 10MB
appender.file.strategy.type = DefaultRolloverStrategy
appender.file.strategy.max = 4
"""


def broker_properties(home: Path, port: int, partitions: int, coordination: str, coordinator_port: int) -> str:
    """`server.properties` for a broker that keeps its data under `home`.

    coordinator_port: of the KRaft controller in the same process, or of ZooKeeper.
    """
    own = _kraft(port, coordinator_port) if coordination == "kraft" else _zookeeper(port, coordinator_port)
    return _text(
        own
        | {
            "advertised.listeners": f"PLAINTEXT://{HOST}:{port}",
            "log.dirs": home / "data",
            "num.partitions": partitions,
            # A topic that is made by whoever misspells it would be read by nobody.
            "auto.create.topics.enable": "false",
            "message.max.bytes": _LARGEST_BYTES,
            "replica.fetch.max.bytes": _LARGEST_BYTES,
            "offsets.topic.replication.factor": 1,
            "offsets.topic.num.partitions": 1,
            "transaction.state.log.replication.factor": 1,
            "transaction.state.log.min.isr": 1,
            "transaction.state.log.num.partitions": 1,
            "group.initial.rebalance.delay.ms": 0,
        }
    )


def _kraft(port: int, controller_port: int) -> dict[str, object]:
    return {
        "process.roles": "broker,controller",
        "node.id": 1,
        "listeners": f"PLAINTEXT://{HOST}:{port},CONTROLLER://{HOST}:{controller_port}",
        "controller.listener.names": "CONTROLLER",
        "controller.quorum.voters": f"1@{HOST}:{controller_port}",
    }


def _zookeeper(port: int, zookeeper_port: int) -> dict[str, object]:
    return {
        "broker.id": 1,
        "listeners": f"PLAINTEXT://{HOST}:{port}",
        "zookeeper.connect": f"{HOST}:{zookeeper_port}",
        # A broker that was killed is still registered for this long, and the next one has to wait for it.
        "zookeeper.session.timeout.ms": 6_000,
    }


def zookeeper_properties(home: Path, port: int) -> str:
    """`zookeeper.properties`."""
    return _text(
        {
            "dataDir": home / "zookeeper",
            "clientPort": port,
            "clientPortAddress": HOST,
            "admin.enableServer": "false",
            "maxClientCnxns": 0,
        }
    )


def _text(properties: dict[str, object]) -> str:
    return "".join(f"{name}={value}\n" for name, value in properties.items())
