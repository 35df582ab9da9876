"""Vacuum and backfill on a lake that Spark fills from Kafka, killed with -9 at each failpoint: nothing lost, nothing doubled."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contract.test_spark_kafka_program import assert_each_once, read_all
from contract.test_spark_program import assert_killed
from faults.chaos import Totals
from faults.loads import shop
from faults.programs import Programs
from kafka.broker import Broker
from kafka.consuming import stored
from rtlakehouse.clock import SystemClock
from rtlakehouse.storage.lake import Lake

# Each kill takes the start of a JVM.
pytestmark = [pytest.mark.chaos, pytest.mark.timeout(1_800)]

AT_ONCE = {"max_batch_events": 1_000}
# Rules by which some come too late, so that a backfill by the usual ones has something to change.
STRICT = {"watermark_s": 0.5, "late_limit_s": 5}
IN_VACUUM = ("after_vacuum:2",)
IN_BACKFILL = ("after_rewrite_note:1", "after_one_rewritten_table:2", "after_rewrite:1")


def test_killed_in_upkeep_and_in_a_backfill_it_loses_and_doubles_nothing(
    spark_options: Any, broker: Broker, topic: str, programs: Programs, lake: Lake
) -> None:
    sent, _ = shop(seed=22, count=300)
    broker.produce(topic, sent)
    read_all(programs, lake, broker, topic, len(sent), {**AT_ONCE, **STRICT}).stop()
    day = timedelta(days=1)
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    span = ("--from", (today - day).isoformat(), "--to", (today + 2 * day).isoformat())
    commands = {"vacuum": ("--retention-hours", "0"), "backfill": span}
    for command, place in (*(("vacuum", place) for place in IN_VACUUM), *(("backfill", place) for place in IN_BACKFILL)):
        assert_killed(programs.start(command, *commands[command], lake=lake.root, settings={"failpoints": place}))
        assert_accounted(programs, lake, len(sent))
    read_all(programs, lake, broker, topic, len(sent), AT_ONCE).stop()
    assert_each_once(lake, sent)


def assert_accounted(programs: Programs, lake: Lake, sent: int) -> None:
    """Once a crash is healed, as every start begins with: what was published keeps every promise, and the ledger adds up."""
    with lake.lock("engine", SystemClock().now()):
        Lake.create(lake.root)
    verified = programs.run("verify", lake=lake.root)
    assert verified.code == 0, verified.printed
    found = Totals.of(lake)
    assert found.received == found.accepted + found.duplicates + found.quarantined
    assert found.received <= stored(lake) <= sent
