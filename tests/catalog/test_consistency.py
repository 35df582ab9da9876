"""One consistent vector: at any moment gold is its query over the silver of the same snapshot, and the ledger accounts for it."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from threading import Event

from catalog.following import Answers, Writer, answers, following, recomputed, shows, until
from rtlakehouse.catalog import Catalog, Snapshot
from rtlakehouse.medallion.graph import GOLD
from rtlakehouse.storage.lake import Lake


def assert_consistent(snapshot: Snapshot) -> Answers:
    found = answers(snapshot)
    assert {table.name: found[table.name] for table in GOLD} == recomputed(snapshot)
    sums = snapshot.ledger_sums
    fates = {"accepted": "silver.events", "duplicates": "silver.duplicates", "quarantined": "silver.quarantine"}
    for column, table in fates.items():
        assert sum(sums[column].to_pylist()) == len(found[table])
    return found


def read_until(done: Event, catalog: Catalog, chance: random.Random) -> int:
    """Compare at random moments, each snapshot once at first sight and perhaps once more when it is old."""
    looked = 0
    kept: tuple[Snapshot, Answers] | None = None
    while not done.is_set() or looked == 0:
        snapshot = catalog.latest
        found = assert_consistent(snapshot)
        looked += 1
        if kept is not None and chance.random() < 0.5:
            assert answers(kept[0]) == kept[1]
            kept = None
        kept = kept or (snapshot, found)
        done.wait(chance.random() / 5)
    return looked


def test_readers_see_one_vector_while_an_engine_writes_compacts_and_vacuums(
    lake: Lake, writer: Writer, chance: random.Random
) -> None:
    done = Event()
    with following(lake) as catalog, ThreadPoolExecutor(2) as pool:
        readers = [pool.submit(read_until, done, catalog, random.Random(chance.random())) for _ in range(2)]
        try:
            for batch in range(9):
                writer.write(chance.randrange(5, 20))
                if batch % 3 == 2:
                    writer.keep_up(vacuum=True)
        finally:
            done.set()
        assert all(reader.result() > 0 for reader in readers)
        until(lambda: shows(catalog, lake), "the last batch is not shown")
        assert_consistent(catalog.latest)
        assert catalog.fault == ""
