"""A journal as an act of upkeep: its rows are worked out beside the batches, and added between two of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

import pyarrow as pa
import structlog

from rtlakehouse.clock import Clock
from rtlakehouse.errors import RtlError
from rtlakehouse.failpoints import failpoint
from rtlakehouse.medallion.table import Table
from rtlakehouse.storage.commit import TableWriter
from rtlakehouse.storage.journal_status import JournalStatus, write_status
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.log import read_commit
from rtlakehouse.storage.maintenance import Act, Finish, Outcome

__all__ = ["Journal", "News", "Said", "Teller", "hour_before", "minute_before", "worked_out"]

log = structlog.get_logger(__name__)

# After an act nothing is done for so many times as long as it took: a journal never takes more than a tenth of a core.
_REST = 9


@dataclass(frozen=True)
class Said:
    """What a journal was last told. versions: of the tables it was worked out from. through: up to when, UTC."""

    versions: Mapping[str, int]
    through: datetime


@dataclass(frozen=True)
class News:
    """Rows to be added, where there are any, and what has been said with them."""

    rows: pa.Table
    said: Said


class Teller(Protocol):
    """Works out what a journal is to be told. The same tables give the same rows, so what was not committed is told again."""

    @property
    def table(self) -> Table:
        """The journal's."""

    def is_due(self, now: datetime) -> bool:
        """Whether there may be something to tell by now. It is asked often."""

    def news(self, now: datetime, last: Said | None) -> News | None:
        """What is to be told by now. None: nothing. last: what the journal's newest commit says of itself."""

    def keep(self, news: News) -> None:
        """Take note that this has been told."""


class Journal:
    """Has a journal told what its teller finds. The holder of the engine lock has one for each.

    Whatever fails in it is told, tried again when there is next something to tell, and stops nobody.
    """

    def __init__(self, lake: Lake, clock: Clock, teller: Teller) -> None:
        self._lake = lake
        self._clock = clock
        self._teller = teller
        self._writer: TableWriter | None = None
        self._is_under_way = False
        self._rest_until = clock.monotonic()
        self._through: datetime | None = None

    @property
    def table(self) -> str:
        return self._teller.table.name

    def due(self) -> Act | None:
        """What is to be done now; None while nothing is, or while it is being done."""
        if self._is_under_way or self._clock.monotonic() < self._rest_until or not self._teller.is_due(self._clock.now()):
            return None
        self._is_under_way = True
        return self._prepared

    def _prepared(self) -> Finish:
        began, now = self._clock.monotonic(), self._clock.now()
        news, trouble = None, ""
        try:
            news = self._teller.news(now, last_said(self._lake, self.table))
        except Exception as error:  # whatever it was, the engine must go on; health shows it
            # What comes of the disk, or is an error of ours, says all by itself.
            if not isinstance(error, (RtlError, OSError)):
                log.exception("a journal cannot be told", table=self.table)
            trouble = f"What is to be told cannot be worked out: {error}"
        seconds = self._clock.monotonic() - began
        return partial(self._finished, now, news, seconds, trouble)

    def _finished(self, now: datetime, news: News | None, seconds: float, trouble: str) -> list[Outcome]:
        outcomes = []
        try:
            if news is not None:
                outcomes = self._told(now, news)
        except (RtlError, OSError) as error:
            self._writer = None
            trouble = f"What was worked out cannot be added: {error}"
        self._is_under_way = False
        self._rest_until = self._clock.monotonic() + _REST * seconds
        write_status(self._lake, self.table, JournalStatus(now, self._through, seconds, trouble))
        return [Outcome(self.table, "tell", trouble, is_fault=True)] if trouble else outcomes

    def _told(self, now: datetime, news: News) -> list[Outcome]:
        if news.rows.num_rows:
            self._commit(now, news)
        self._teller.keep(news)
        self._through = news.said.through
        return [Outcome(self.table, "tell", f"told {news.rows.num_rows:,} rows")] if news.rows.num_rows else []

    def _commit(self, now: datetime, news: News) -> None:
        self._writer = self._writer or self._lake.writer(self.table)
        self._writer.refresh()
        application = f"rtl.{self._teller.table.short_name}"
        said = {"computed_from": news.said.versions, "through": news.said.through.isoformat()}
        told = {"computed_from": pa.scalar(json.dumps(news.said.versions)), "told_at": pa.scalar(now)}
        rows = news.rows
        for name, value in told.items():
            rows = rows.append_column(name, pa.repeat(value, rows.num_rows))
        rows = rows.select(self._teller.table.column_names)
        failpoint("before_journal_commit")
        commit = self._writer.append(rows, application, (self._writer.progress(application) or 0) + 1, said)
        failpoint("after_journal_commit")
        self._writer.seal(commit)


def last_said(lake: Lake, table: str) -> Said | None:
    """What the newest commit that told something says; None where there is none, or its entry is gone."""
    for version in range(lake.version(table), 0, -1):
        commit = read_commit(lake.path(table), version)
        if commit is None:
            return None
        if "through" in commit.metadata:
            return Said(commit.metadata["computed_from"], datetime.fromisoformat(commit.metadata["through"]))
    return None


def minute_before(now: datetime, delay: timedelta) -> datetime:
    """The end of the last minute that is final."""
    return (now - delay).replace(second=0, microsecond=0)


def hour_before(now: datetime, delay: timedelta) -> datetime:
    """The end of the last hour that is final."""
    return minute_before(now, delay).replace(minute=0)


def worked_out(table: Table) -> pa.Schema:
    """The columns of a journal's rows before they are told."""
    return pa.schema([field for field in table.schema if field.name not in ("computed_from", "told_at")])
