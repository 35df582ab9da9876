"""A real Kafka as the tests drive it: started by `rtl kafka`, produced to, killed, frozen."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewPartitions, NewTopic

from faults.programs import until
from rtlakehouse.environment import child_environment
from rtlakehouse.kafka.producer import key_of
from rtlakehouse.kafka.topics import Topic, describe
from rtlakehouse.stack.ports import free_port

HOST = "127.0.0.1"
_SILENT: dict[str, Any] = {"log_level": 0, "error_cb": lambda error: None}


@dataclass
class Broker:
    """A local Kafka of its own folder and port. The same port again after a restart."""

    folder: Path
    port: int
    coordination: str = "kraft"
    pid: int = 0

    @classmethod
    def started(cls, folder: Path, coordination: str = "kraft") -> Broker:
        broker = cls(folder, free_port(HOST, 0), coordination)
        broker.start()
        return broker

    @property
    def address(self) -> str:
        return f"{HOST}:{self.port}"

    @cached_property
    def admin(self) -> AdminClient:
        return AdminClient({"bootstrap.servers": self.address, **_SILENT})

    def start(self) -> None:
        said = self.rtl("start", "--port", str(self.port), "--coordination", self.coordination)
        assert said["address"] == self.address
        self.pid = said["pids"]["kafka"]

    def stop(self) -> None:
        assert self.rtl("stop")["running"] is False

    def rtl(self, *arguments: str, code: int = 0) -> dict[str, Any]:
        """What `rtl kafka` says."""
        command = [sys.executable, "-m", "rtlakehouse", "kafka", *arguments, "--folder", str(self.folder), "--json"]
        ended = subprocess.run(command, env=child_environment(), capture_output=True, text=True, check=False)
        assert ended.returncode == code, ended.stderr
        found: dict[str, Any] = json.loads(ended.stdout)
        return found

    def kill(self) -> None:
        """kill -9, and as if the whole machine had: what was started is noted as running no more."""
        os.kill(self.pid, signal.SIGKILL)
        until(lambda: self.rtl("status", code=1)["running"] is False, "the broker does not die")

    @contextmanager
    def frozen(self) -> Iterator[None]:
        os.kill(self.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.pid, signal.SIGCONT)

    def make(self, topic: str, partitions: int = 3, **config: str) -> Topic:
        named = {name.replace("_", "."): value for name, value in config.items()}
        self.admin.create_topics([NewTopic(topic, partitions, config=named)])[topic].result()
        found = until(lambda: describe(self.admin, topic), f"there is no topic {topic}")
        until(lambda: self.leads(topic, partitions), f"{topic} has no leader yet")
        return found

    def find(self, topic: str) -> Topic | None:
        return describe(self.admin, topic)

    def leads(self, topic: str, partitions: int) -> bool:
        """Whether every partition answers."""
        known = self.admin.list_topics(topic).topics[topic].partitions
        return len(known) == partitions and all(partition.leader >= 0 for partition in known.values())

    def delete(self, topic: str) -> None:
        self.admin.delete_topics([topic])[topic].result()
        until(lambda: describe(self.admin, topic) is None, f"{topic} is still there")

    def widen(self, topic: str, partitions: int) -> None:
        self.admin.create_partitions([NewPartitions(topic, partitions)])[topic].result()
        until(lambda: self.leads(topic, partitions), f"{topic} has no leader for its new partitions yet")

    def cut(self, topic: str, partition: int, before: int) -> None:
        """Remove all records before a position, as retention does."""
        (future,) = self.admin.delete_records([TopicPartition(topic, partition, before)]).values()
        future.result()

    def produce(
        self, topic: str, records: Sequence[bytes | None], headers: Mapping[str, str] | None = None, **where: Any
    ) -> None:
        """Produce these, each by its user, and return once they are acknowledged. where: a `partition`, a `timestamp`."""
        with self.producing() as send:
            for record in records:
                send(topic, record, headers, **where)

    @contextmanager
    def producing(self, transactional_id: str = "") -> Iterator[Callable[..., None]]:
        """What produces a record. With an id all of the block is one transaction, committed unless the block fails."""
        own = {"transactional.id": transactional_id} if transactional_id else {"enable.idempotence": True}
        options = {"bootstrap.servers": self.address, "message.max.bytes": 32 << 20, **_SILENT, **own}
        producer = Producer(options)
        if transactional_id:
            producer.init_transactions(30)
            producer.begin_transaction()

        def send(topic: str, record: bytes | None, headers: Mapping[str, str] | None = None, **where: Any) -> None:
            given: list[tuple[str, str | bytes | None]] = [(name, value.encode()) for name, value in (headers or {}).items()]
            producer.produce(topic, record, where.pop("key", key_of(record or b"")), headers=given, **where)
            producer.poll(0)

        try:
            yield send
        except AbortedError:
            producer.flush(60)
            producer.abort_transaction(30)
            return
        assert producer.flush(60) == 0, "the broker takes nothing"
        if transactional_id:
            producer.commit_transaction(30)


class AbortedError(Exception):
    """Raised in a block of `producing` to abort its transaction."""
