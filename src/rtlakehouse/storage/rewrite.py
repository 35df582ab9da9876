"""Changing several tables after the fact, as one: wholly or not at all, whenever the process dies.

Between tables there is no transaction. So what is to change is worked out first, its new files are written and made durable, and
a note says which files go and come in which table. Then the tables are committed one by one, the ledger last, which shows them
to readers together. Whoever starts on the lake next finds the note and makes whole what is not; each commit carries the rewrite's
number, so that none is made twice.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import structlog

from rtlakehouse.failpoints import failpoint
from rtlakehouse.storage.durable import sync_paths, write_atomically, writing
from rtlakehouse.storage.lake import Lake

__all__ = ["REWRITE_APPLICATION", "Exchange", "Rewrite", "begin_rewrite", "finish_rewrite"]

log = structlog.get_logger(__name__)

REWRITE_APPLICATION = "rtl.rewrite"


class Exchange(msgspec.Struct, frozen=True):
    """What changes of one table: files that go, files that come, further progress and metadata of its commit.

    same_places: see `TableWriter.exchange`.
    """

    table: str
    removes: tuple[str, ...]
    adds: tuple[str, ...]
    progress: dict[str, int] = {}
    metadata: dict[str, Any] = {}
    same_places: bool = False


class Rewrite(msgspec.Struct, frozen=True):
    """One change of several tables. number: higher than that of any before it. operation: what the log calls it.

    exchanges: in the order in which they are committed; the ledger's is there and the last.
    """

    number: int
    operation: str
    exchanges: tuple[Exchange, ...]


def begin_rewrite(lake: Lake, rewrite: Rewrite) -> None:
    """Make the change; the caller holds the engine lock, and no batch is half done. From here on it happens, come what may."""
    with writing("The lake"):
        for exchange in rewrite.exchanges:
            _sync(lake.path(exchange.table), exchange.adds)
        write_atomically(_path(lake), msgspec.json.encode(rewrite))
    failpoint("after_rewrite_note")
    finish_rewrite(lake)


def finish_rewrite(lake: Lake) -> None:
    """Make whole what was begun, if anything was. The holder of the engine lock calls it before an engine opens the tables."""
    if not _path(lake).exists():
        return
    rewrite = msgspec.json.decode(_path(lake).read_bytes(), type=Rewrite)
    for exchange in rewrite.exchanges:
        _commit(lake, rewrite, exchange)
    failpoint("after_rewrite")
    with writing("The lake"):
        _path(lake).unlink()
        sync_paths([lake.control])
    log.info("tables were rewritten", operation=rewrite.operation, tables=[exchange.table for exchange in rewrite.exchanges])


def _commit(lake: Lake, rewrite: Rewrite, exchange: Exchange) -> None:
    writer = lake.writer(exchange.table)
    if writer.progress(REWRITE_APPLICATION) == rewrite.number:
        return
    progress = {REWRITE_APPLICATION: rewrite.number, **exchange.progress}
    commit = writer.exchange(
        exchange.removes,
        exchange.adds,
        progress,
        exchange.metadata,
        rewrite.operation,
        same_places=exchange.same_places,
    )
    failpoint("after_one_rewritten_table")
    writer.seal(commit)


def _sync(table: Path, files: tuple[str, ...]) -> None:
    paths = [table / file for file in files]
    sync_paths([*paths, *{path.parent for path in paths}, table])


def _path(lake: Lake) -> Path:
    return lake.control / "rewrite.json"
