"""One lake that Spark fills from Kafka, killed with -9 at each failpoint of a batch and of upkeep in turn: all is there once."""

from __future__ import annotations

from typing import Any

import pytest

from contract.test_spark_kafka_program import assert_each_once, read_all, start_reading
from contract.test_spark_killed_in_upkeep import AT_ONCE, IN_BACKFILL, IN_VACUUM, assert_accounted
from contract.test_spark_program import assert_killed
from faults.loads import commit, shop
from faults.programs import Programs
from kafka.broker import Broker
from kafka.consuming import stored
from rtlakehouse.clock import SystemClock
from rtlakehouse.failpoints import KNOWN
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.maintenance import Limits, Maintenance

# Each of the kills takes the start of a JVM, and so does what is read in the end.
TIMEOUT_S = 7_200
# Some batches of a JVM that has just started, or in the end all that the kills left to do. The first of them has taken more than
# three minutes where the machine had much else to do.
PATIENCE_S = 600.0

# In the order in which a batch passes them: what a start has to finish first may be killed in the middle of that as well.
IN_A_BATCH = (
    *("before_bronze_commit:1", "after_bronze_commit:1", "after_bronze_seal:1"),
    *("before_silver_commit:1", "after_one_silver_sibling:2", "after_silver_commit:1", "after_silver_seal:1"),
    *("before_gold_commit:1", "after_one_gold_table:3", "after_gold_commit:1"),
    *("before_ledger_commit:1", "after_ledger_commit:1"),
)
BETWEEN_BATCHES = (
    *("before_compaction:1", "after_compaction:1", "after_checkpoint:1", "after_log_cleanup:1"),
    *("before_snapshot_publish:1", "after_snapshot_publish:1"),
)
KILLS = (*IN_A_BATCH, *BETWEEN_BATCHES)

# Two batches for each kill, so that upkeep is due again after it.
A_TURN = 40
BUSY = {"max_batch_events": A_TURN // 2, "compact_files": 2, "log_commits": 100, "snapshot_every_s": 0.05}
# A log is cleaned where a checkpoint is further back than the commits that are kept.
CHECKPOINTED, COMMITTED = 5, 110


@pytest.mark.chaos
@pytest.mark.timeout(TIMEOUT_S)
def test_killed_at_each_failpoint_in_turn_it_loses_and_doubles_nothing(
    spark_options: Any, broker: Broker, topic: str, programs: Programs, lake: Lake
) -> None:
    # Other shoppers than in the topic: the oracle is told of the topic first, and would keep the other one of two duplicates.
    sent = shop(seed=18, count=COMMITTED)[0] + shop(seed=19, count=A_TURN * len(KILLS))[0]
    commit(lake, sent[:CHECKPOINTED], size=1)
    Maintenance(lake, SystemClock(), Limits()).checkpoint("bronze.events")
    commit(lake, sent[:COMMITTED], size=1)
    count = COMMITTED
    for place in KILLS:
        broker.produce(topic, sent[count : count + A_TURN])
        count += A_TURN
        before = stored(lake)
        assert_killed(start_reading(programs, lake, broker, topic, {**BUSY, "failpoints": place}), PATIENCE_S)
        assert_accounted(programs, lake, count)
        assert stored(lake) >= before, f"bronze lost records when it was killed at {place}"
    read_all(programs, lake, broker, topic, count, AT_ONCE, PATIENCE_S).stop()
    assert_each_once(lake, sent)


def test_each_failpoint_that_spark_passes_beside_commands_of_its_own_is_killed_at_here() -> None:
    by_commands = {place.partition(":")[0] for place in (*IN_VACUUM, *IN_BACKFILL)}
    by_erasures = {name for name in KNOWN if "eras" in name or "forgotten" in name}
    # Retention lets go of whole days, which nothing here is old enough for.
    by_retention = {name for name in KNOWN if "retention" in name}
    # Nothing here is odd enough to be told, or old enough to learn from.
    by_journals = {name for name in KNOWN if "journal" in name}
    killed_at = {place.partition(":")[0] for place in KILLS}
    assert killed_at == set(KNOWN) - by_commands - by_erasures - by_retention - by_journals
