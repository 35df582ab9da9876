"""The catalog follows the lake: each complete batch soon, nothing half, and on after whatever got in its way."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

from catalog.following import Writer, answers, catalog_on, following, shows, until
from rtlakehouse.clock import ManualClock, SystemClock
from rtlakehouse.errors import VersionGoneError
from rtlakehouse.medallion.bronze import COORDINATES
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.leases import Leases
from rtlakehouse.storage.log import commit_path
from rtlakehouse.storage.maintenance import Limits
from storage.rows import append

SILVER, LEDGER, KPIS = "silver.events", "ops.ledger", "gold.kpis_1m"


def test_a_batch_is_seen_by_who_waits_for_it(lake: Lake, writer: Writer) -> None:
    with following(lake) as catalog:
        empty = catalog.latest
        writer.write(20)
        seen = catalog.wait_for_change(empty, timeout_s=20)
        assert seen is not empty
        assert seen.versions[KPIS] == lake.version(KPIS) == 1
        assert seen.processed == lake.processed()
        assert (empty.versions[KPIS], empty.newest_window()) == (0, None)
        assert seen.newest_window() is not None


def test_who_waits_in_vain_gets_what_there_was(lake: Lake) -> None:
    with following(lake) as catalog:
        assert catalog.wait_for_change(catalog.latest, timeout_s=0.01) is catalog.latest


def test_a_batch_that_is_half_done_is_not_shown(lake: Lake, writer: Writer) -> None:
    writer.write(20)
    with following(lake) as catalog:
        before = catalog.latest
        silver = lake.writer(SILVER)
        silver.seal(silver.append(lake.read(SILVER), "half a batch", 1, {}))
        append(lake, 100)
        assert catalog.wait_for_change(before, timeout_s=0.1) is before
        assert before.versions[SILVER] == lake.version(SILVER) - 1


def test_listeners_are_told_of_every_snapshot_until_they_end_it(lake: Lake, writer: Writer) -> None:
    told, other = threading.Semaphore(0), threading.Semaphore(0)
    with following(lake) as catalog:
        end = catalog.listen(told.release)
        catalog.listen(other.release)
        writer.write(10)
        assert told.acquire(timeout=20)
        assert other.acquire(timeout=20)
        end()
        end()
        until(lambda: shows(catalog, lake), "the first batch is not shown")
        writer.write(10)
        assert other.acquire(timeout=20)
        assert not told.acquire(blocking=False)


def test_gold_that_a_batch_replaced_is_no_longer_held(lake: Lake, writer: Writer) -> None:
    writer.write(20)
    with following(lake) as catalog:
        before = catalog.latest
        writer.write(20)
        after = catalog.wait_for_change(before, timeout_s=20)
        replaced = before.files[KPIS].keys() - after.files[KPIS].keys()
        assert replaced
        for path in replaced:
            (lake.path(KPIS) / path).unlink()

        def is_gone() -> bool:
            try:
                before.newest_window("default")
            except VersionGoneError:
                return True
            return False

        until(is_gone, "what was replaced is still held")
        assert after.newest_window("default") is not None


def test_upkeep_alone_changes_nothing_that_is_shown(lake: Lake, writer: Writer) -> None:
    for _ in range(12):
        writer.write(3)
    with following(lake) as catalog:
        before = catalog.latest
        said = answers(before)
        writer.keep_up()
        assert catalog.wait_for_change(before, timeout_s=0.1) is before
        assert answers(before) == said
        writer.write(10)
        assert catalog.wait_for_change(before, timeout_s=20).versions == lake.vector()


def test_a_fault_is_told_while_the_last_snapshot_is_served_and_then_cleared(lake: Lake, writer: Writer) -> None:
    writer.write(10)
    with following(lake) as catalog:
        said = answers(catalog.latest)
        torn = commit_path(lake.path(LEDGER), lake.version(LEDGER) + 1)
        torn.write_text('{"commitInfo": {')
        until(lambda: catalog.fault, "the fault is not told")
        assert str(torn) in catalog.fault
        assert answers(catalog.latest) == said
        torn.unlink()
        until(lambda: not catalog.fault, "the fault is not cleared")
        writer.write(10)
        until(lambda: shows(catalog, lake), "the catalog does not go on")


def test_logs_that_are_cleaned_faster_than_they_are_followed_are_caught_up_with(lake: Lake) -> None:
    sent = [b"broken"] * 40
    writer = Writer(lake, sent, Limits(compact_files=2, log_commits=1, history_step=timedelta(days=1)))
    writer.write(4)
    catalog = catalog_on(lake)
    seen = catalog.latest.versions[LEDGER]
    for _ in range(6):
        writer.write(4)
        writer.keep_up()
    assert not commit_path(lake.path(LEDGER), seen + 1).exists()
    catalog.start()
    until(lambda: shows(catalog, lake), "the catalog does not catch up")
    assert catalog.latest.versions == lake.vector()
    assert len(answers(catalog.latest)["silver.quarantine"]) == 28
    assert catalog.fault == ""
    catalog.close()


def test_a_catalog_that_starts_on_a_cleaned_log_shows_the_newest_batch(lake: Lake) -> None:
    writer = Writer(lake, [b"broken"] * 40, Limits(compact_files=2, log_commits=1))
    for _ in range(5):
        writer.write(4)
        writer.keep_up()
    catalog = catalog_on(lake)
    assert catalog.latest.versions == lake.vector()
    assert catalog.latest.processed == lake.processed()
    catalog.close()


def test_it_holds_a_lease_on_what_it_shows_and_gives_it_back(lake: Lake, writer: Writer) -> None:
    writer.write(10)
    leases = Leases(lake.control / "leases", SystemClock())
    with following(lake) as catalog:
        (lease,) = leases.active()
        assert lease.versions == catalog.latest.versions
    assert leases.active() == []


def test_how_far_it_is_behind_is_the_age_of_the_oldest_record_it_does_not_show(lake: Lake, writer: Writer) -> None:
    clock = ManualClock(datetime.now(UTC))
    with following(lake, clock) as catalog:
        assert catalog.behind_ms() == 0
        oldest = append(lake, 100)
        append(lake, 101)
        clock.advance(timedelta(minutes=1))
        assert catalog.behind_ms() == (clock.now() - oldest.timestamp) // timedelta(milliseconds=1)
        writer.write(10)
        until(lambda: shows(catalog, lake), "the batch is not shown")
        assert catalog.behind_ms() == 0


def test_what_waits_is_known_by_its_coordinates_until_it_is_shown(lake: Lake, writer: Writer) -> None:
    with following(lake) as catalog:
        append(lake, 100)
        place = next(iter(lake.read("bronze.events").select([column.name for column in COORDINATES]).to_pylist()))
        assert catalog.waits(**place)
        for name, other in (("tenant_id", "other"), ("topic", "other"), ("position", 1_000)):
            assert not catalog.waits(**place | {name: other})
        writer.write(10)
        until(lambda: shows(catalog, lake), "the batch is not shown")
        assert not catalog.waits(**place)
