"""The control store: a connection to SQLite in the lake directory, or to PostgreSQL. Several processes use one at once."""

from __future__ import annotations

import fcntl
import hashlib
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError

from rtlakehouse.control.migrations import migrate
from rtlakehouse.errors import SettingsError, StoreError
from rtlakehouse.settings import Settings

__all__ = ["Store", "one_at_a_time"]

_FILE = "control.db"
_MODE = 0o600
# How long to wait for another process's transaction, and for a server to answer.
_PATIENCE_S = 10
_DRIVER = "postgresql+psycopg"


class Store:
    """Small relational data. Thread-safe; open it once a process."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._here = threading.local()

    @classmethod
    def open(cls, settings: Settings) -> Store:
        """The store that the settings name, made or brought to the newest schema.

        Raises StoreError where it cannot be reached or is of a newer release, SettingsError for an address that is none.
        """
        if settings.control_url is None:
            return cls._on_file(settings.lake.absolute() / "_rtl")
        return cls(_server(settings.control_url.get_secret_value()))._brought_up_to_date()

    @classmethod
    def is_there(cls, settings: Settings) -> bool:
        """Whether the store was ever made, as far as that can be told without opening it: one on a server may always be."""
        return settings.control_url is not None or (settings.lake.absolute() / "_rtl" / _FILE).exists()

    @classmethod
    def _on_file(cls, folder: Path) -> Store:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            # SQLite gives its other files the mode of this one.
            with _alone(folder / f"{_FILE}.lock"):
                os.close(os.open(folder / _FILE, os.O_RDWR | os.O_CREAT, _MODE))
                return cls(_file(folder / _FILE))._brought_up_to_date()
        except OSError as error:
            raise StoreError(f"The control store in {folder} cannot be opened: {error}. Mend that, and start again.") from error

    def _brought_up_to_date(self) -> Store:
        try:
            with self.writing() as connection:
                migrate(connection)
        except BaseException:
            self.close()
            raise
        return self

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that only reads, or the one that this thread writes in. Raises StoreError where it cannot be reached."""
        if (joined := self._joined) is not None:
            yield joined
            return
        with _speaking(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction, committed durably unless the block fails. Raises StoreError; then nothing of it was kept.

        Within another of this thread it is part of that one: all of it is kept, or nothing.
        """
        if (joined := self._joined) is not None:
            yield joined
            return
        with _speaking(), self._engine.execution_options(writes=True).begin() as connection:
            self._here.connection = connection
            try:
                yield connection
            finally:
                self._here.connection = None

    @property
    def _joined(self) -> Connection | None:
        joined: Connection | None = getattr(self._here, "connection", None)
        return joined

    def close(self) -> None:
        self._engine.dispose()


def one_at_a_time(connection: Connection, *what: str) -> None:
    """Wait until no other transaction that named the same runs, and have others wait for the end of this one, which writes."""
    if connection.dialect.name == "postgresql":
        digest = hashlib.blake2b("\n".join(what).encode(), digest_size=8).digest()
        connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": int.from_bytes(digest, signed=True)})


@contextmanager
def _speaking() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        # `str(error)` would name the statement and its parameters.
        raise StoreError(f"The control store does not answer: {error.orig}. See that it is there and has room.") from error


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One process at a time: SQLite cannot wait for the change to a write-ahead log."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, _MODE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _file(path: Path) -> Engine:
    engine = create_engine(URL.create("sqlite", database=str(path)), connect_args={"timeout": _PATIENCE_S})

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, record: object) -> None:
        # Python's own way to begin transactions begins them too late for what follows a read.
        connection.isolation_level = None
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = full")
        connection.execute("pragma foreign_keys = on")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # Who reads before it writes would fail at once where another has written in between.
        connection.exec_driver_sql("begin immediate" if connection.get_execution_options().get("writes") else "begin")

    return engine


def _server(address: str) -> Engine:
    try:
        url = make_url(address)
    except (ArgumentError, ValueError) as error:
        raise SettingsError("Setting control_url is no address such as postgresql://user:password@host/database.") from error
    if url.drivername not in ("postgresql", "postgres", _DRIVER):
        raise SettingsError(f"Setting control_url names {url.drivername!r}; give a postgresql:// address, or none for SQLite.")
    try:
        return create_engine(url.set(drivername=_DRIVER), pool_pre_ping=True, connect_args={"connect_timeout": _PATIENCE_S})
    except ModuleNotFoundError as error:
        raise SettingsError("PostgreSQL needs psycopg: `pip install 'rtlakehouse[postgres]'`.") from error
