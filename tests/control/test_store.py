"""The control store: made once, by whoever comes first, kept, private, and never read by a release that does not know it."""

from __future__ import annotations

import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, inspect, select, text, update

from control.conftest import Opener
from rtlakehouse.clock import SystemClock
from rtlakehouse.control import Keys, Role, Store
from rtlakehouse.control.migrations import STEPS
from rtlakehouse.control.tables import API_KEYS, METADATA, SCHEMA_VERSION
from rtlakehouse.environment import child_environment
from rtlakehouse.errors import SettingsError, StoreError
from rtlakehouse.settings import Settings


def test_a_new_store_has_the_newest_schema_as_the_tables_say_it(store: Store) -> None:
    with store.reading() as connection:
        assert connection.scalars(select(SCHEMA_VERSION.c.version)).all() == [len(STEPS)]
        found = inspect(connection)
        there = {name: {column["name"] for column in found.get_columns(name)} for name in found.get_table_names()}
    assert there == {table.name: set(table.c.keys()) for table in METADATA.sorted_tables}


def test_what_was_written_is_there_for_whoever_opens_it_next(opener: Opener) -> None:
    made, _ = Keys(opener(), SystemClock()).create("acme", Role.READER)
    assert Keys(opener(), SystemClock()).list() == [made]


def test_a_failed_block_writes_nothing(store: Store, keys: Keys) -> None:
    keys.create("acme", Role.READER)

    def fail() -> None:
        with store.writing() as connection:
            connection.execute(delete(API_KEYS))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert len(keys.list()) == 1


def test_a_store_of_a_newer_release_is_refused_and_left_as_it_is(opener: Opener) -> None:
    store = opener()
    with store.writing() as connection:
        connection.execute(update(SCHEMA_VERSION).values(version=len(STEPS) + 1))
    with pytest.raises(StoreError, match=f"has schema {len(STEPS) + 1}; this release knows {len(STEPS)}"):
        opener()
    with store.reading() as connection:
        assert connection.scalar(select(SCHEMA_VERSION.c.version)) == len(STEPS) + 1


def test_several_that_open_a_new_store_at_once_make_it_once(opener: Opener) -> None:
    with ThreadPoolExecutor(8) as threads:
        stores = [future.result() for future in [threads.submit(opener) for _ in range(8)]]
    for store in stores:
        with store.reading() as connection:
            assert connection.scalars(select(SCHEMA_VERSION.c.version)).all() == [len(STEPS)]


def test_several_processes_write_one_store_at_once(chosen: Settings, opener: Opener) -> None:
    url = chosen.control_url.get_secret_value() if chosen.control_url else ""
    environment = child_environment() | {"RTL_LAKE": str(chosen.lake), "RTL_CONTROL_URL": url}
    program = (
        "from rtlakehouse.clock import SystemClock\nfrom rtlakehouse.control import Keys, Role, Store\n"
        "from rtlakehouse.settings import load_settings\nkeys = Keys(Store.open(load_settings()), SystemClock())\n"
        "for _ in range(25):\n    keys.create('acme', Role.READER)\n"
    )
    started = [subprocess.Popen([sys.executable, "-c", program], env=environment) for _ in range(3)]
    assert [process.wait(60) for process in started] == [0, 0, 0]
    assert len(Keys(opener(), SystemClock()).list("acme")) == 75


def test_who_reads_before_it_writes_waits_for_another_that_does(store: Store) -> None:
    def count_up(_: int) -> None:
        with store.writing() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("lock table schema_version in exclusive mode"))
            version = connection.scalar(select(SCHEMA_VERSION.c.version))
            connection.execute(update(SCHEMA_VERSION).values(version=(version or 0) + 1))

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(count_up, range(40)))
    with store.reading() as connection:
        assert connection.scalar(select(SCHEMA_VERSION.c.version)) == len(STEPS) + 40


def test_the_files_in_the_lake_are_for_their_owner_alone(tmp_path: Path) -> None:
    store = Store.open(Settings(lake=tmp_path / "lake"))
    Keys(store, SystemClock()).create("acme", Role.READER)
    files = list((tmp_path / "lake" / "_rtl").glob("control.db*"))
    assert {file.name for file in files} >= {"control.db", "control.db-wal"}
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    store.close()


def test_a_commit_in_the_lake_is_durable(tmp_path: Path) -> None:
    store = Store.open(Settings(lake=tmp_path / "lake"))
    with store.reading() as connection:
        assert connection.exec_driver_sql("pragma journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("pragma synchronous").scalar() == 2  # FULL
    store.close()


def test_a_damaged_file_is_an_error_that_says_what_is_wrong(tmp_path: Path) -> None:
    folder = tmp_path / "lake" / "_rtl"
    folder.mkdir(parents=True)
    (folder / "control.db").write_bytes(b"no database" * 1000)
    with pytest.raises(StoreError, match="file is not a database"):
        Store.open(Settings(lake=tmp_path / "lake"))


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://rtl:hunter2@127.0.0.1:1/rtl", "does not answer"),
        ("mysql://rtl:hunter2@127.0.0.1/rtl", "names 'mysql'; give a postgresql:// address"),
        ("hunter2", "no address such as postgresql://"),
    ],
)
def test_an_address_that_leads_nowhere_is_an_error_without_its_password(url: str, said: str, tmp_path: Path) -> None:
    with pytest.raises((StoreError, SettingsError), match=said) as caught:
        Store.open(Settings.model_validate({"lake": tmp_path, "control_url": url}))
    assert "hunter2" not in str(caught.value)


def test_opening_again_takes_no_step_twice(opener: Opener) -> None:
    store = opener()
    with store.writing() as connection:
        row = {"id": "x", "name": "", "tenant_id": "acme", "role": "reader", "digest": b"", "created_at": SystemClock().now()}
        connection.execute(insert(API_KEYS).values(row))
    with opener().reading() as connection:
        assert connection.scalars(select(API_KEYS.c.id)).all() == ["x"]
