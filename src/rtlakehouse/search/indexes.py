"""Which index this process keeps: in memory, in a folder of the lake, or in a Qdrant server."""

from __future__ import annotations

import itertools
import shutil
from contextlib import ExitStack
from importlib.util import find_spec

import structlog

from rtlakehouse.clock import Clock
from rtlakehouse.errors import LakeLockedError, UsageError
from rtlakehouse.search.index import VectorIndex
from rtlakehouse.search.memory import MemoryIndex
from rtlakehouse.settings import Settings
from rtlakehouse.storage.lake import Lake

__all__ = ["Indexes"]

log = structlog.get_logger(__name__)

_LIBRARIES = {"disk": "qdrant_edge", "server": "qdrant_client"}


class Indexes:
    """Makes indexes as the settings say. Of the processes of a lake one keeps its indexes on disk or in the server, whichever
    has the lock `search`; others keep theirs in memory.

    Raises UsageError where the settings ask for what is not installed.
    """

    def __init__(self, settings: Settings, lake: Lake, clock: Clock) -> None:
        self._settings = settings
        self._folder = lake.control / "search"
        self._numbers = itertools.count()
        self._stack = ExitStack()
        self._lake_id = lake.id
        self.kind = _kind(settings)
        if self.kind != "memory":
            try:
                self._stack.enter_context(lake.lock("search", clock.now()))
            except LakeLockedError as error:
                log.info("this process keeps its search index in memory", why=str(error))
                self.kind = "memory"
            else:
                # Of a process that ended: an index begins empty.
                shutil.rmtree(self._folder, ignore_errors=True)

    def make(self, name: str, dimensions: int) -> VectorIndex:
        """An empty index. Raises SearchError where it cannot be made."""
        if self.kind == "memory":
            return MemoryIndex(dimensions)
        if self.kind == "disk":
            from rtlakehouse.search.edge import EdgeIndex

            return EdgeIndex(self._folder / f"{name}-{next(self._numbers)}", dimensions)
        from rtlakehouse.search.server import ServerIndex, connected

        key = self._settings.search_key
        client = connected(self._settings.search_url or "", key.get_secret_value() if key else None)
        # Two of a name take turns, so that one is there while the next is built.
        return ServerIndex(client, f"rtl-{self._lake_id}-{name}-{next(self._numbers) % 2}", dimensions)

    def close(self) -> None:
        """Let another process keep its indexes so."""
        self._stack.close()


def _kind(settings: Settings) -> str:
    wanted = "server" if settings.search_url else settings.search_index
    if wanted == "auto":
        return "disk" if find_spec(_LIBRARIES["disk"]) else "memory"
    if wanted in _LIBRARIES and find_spec(_LIBRARIES[wanted]) is None:
        raise UsageError(f"A search index on {wanted} needs {_LIBRARIES[wanted]}: `pip install 'rtlakehouse[search]'`.")
    return wanted
