"""The index of products follows silver.events: a batch at a time, or from the beginning where the log no longer tells."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from rtlakehouse.catalog import Snapshot
from rtlakehouse.clock import Clock
from rtlakehouse.errors import CorruptionError, NotFoundError, RtlError, StaleError, UsageError, VersionGoneError
from rtlakehouse.search.index import VectorIndex
from rtlakehouse.search.memory import MemoryIndex
from rtlakehouse.search.products.baskets import Baskets, Product, Together
from rtlakehouse.search.products.built import SILVER, Built, Similar
from rtlakehouse.search.products.embedding import DIMENSIONS
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.log import DataFile, read_commit
from rtlakehouse.storage.reindex import asked_reindex

__all__ = ["Follower", "Known", "Progress"]

# A request that finds more rows than this missing answers from what there is; the follower's own thread takes them.
_ROWS_IN_REQUEST = 50_000
_PATIENCE_S = 1.0
# A past is built from the beginning for whoever asks, and only the last one is kept.
_ROWS_OF_PAST = 2_000_000


@dataclass(frozen=True)
class Progress:
    """backend: who keeps it; None until the first is built. silver_version, built_at: what it is of, and when it was last begun
    from the beginning. rows, of: of one that is being built. fits: how often vectors were learned anew."""

    backend: str | None
    silver_version: int | None
    built_at: datetime | None
    rows: int
    of: int
    fits: int
    products: int


class Known:
    """What is known of the products of a tenant at a snapshot, as long as it is held."""

    def __init__(self, built: Built, tenant_id: str) -> None:
        self._built = built
        self._tenant_id = tenant_id
        self.snapshot = built.snapshot

    @property
    def silver_version(self) -> int:
        return self.snapshot.versions[SILVER]

    def product(self, product_id: str) -> Product:
        """Raises NotFoundError for one that was in no session or order."""
        found = self._built.baskets.product(self._tenant_id, product_id)
        if found is None:
            of = f"up to version {self.silver_version} of {SILVER}"
            raise NotFoundError(
                f"No session or order {of} has a product {product_id!r}. GET /api/v1/kpis/products/top lists products."
            )
        return found

    def similar(self, product: Product, limit: int, least: int) -> list[Similar]:
        return self._built.similar(self._tenant_id, product, limit, least)

    def together(self, product: Product, *, orders: bool, least: int, limit: int) -> list[Together]:
        return self._built.together(product, orders=orders, least=least, limit=limit)


class Follower:
    """The index of products of a lake. Thread-safe.

    make_index: an empty one of so many dimensions, as often as it is called. make_baskets: likewise. is_followed: whether a
    thread calls `keep_up` all the time, so that a request leaves it what takes long.
    """

    def __init__(
        self,
        lake: Lake,
        clock: Clock,
        make_baskets: Callable[[], Baskets],
        make_index: Callable[[int], VectorIndex],
        *,
        is_followed: bool,
    ) -> None:
        self._lake = lake
        self._clock = clock
        self._make_baskets = make_baskets
        self._make_index = make_index
        self._is_followed = is_followed
        # Held by whoever brings it up to date; and by whoever reads or changes what is built.
        self._working, self._lock = threading.Lock(), threading.Lock()
        self._built: Built | None = None
        self._past: Built | None = None
        self._is_asked = False
        self._wish = asked_reindex(lake)
        self._rows, self._of = 0, 0

    def keep_up(self, snapshot: Snapshot) -> None:
        """Bring the index to a snapshot, however long it takes; nothing until somebody asks for a product or to have it built.

        Where nobody does, it would take from the engine what a large lake costs. Raises SearchError where the index fails.
        """
        if self._is_asked or self._wish != asked_reindex(self._lake):
            with self._working:
                self._advance(snapshot)

    @contextmanager
    def known(self, snapshot: Snapshot, tenant_id: str) -> Iterator[Known]:
        """What is known of a tenant's products: at this snapshot, or at an earlier one while what is missing takes long.

        A past snapshot's is built from the beginning. Raises StaleError while nothing is built yet, UsageError for a past
        of too many events.
        """
        if snapshot.is_latest:
            self._is_asked = True
            self._advance_soon(snapshot)
        with self._lock:
            yield Known(self._present() if snapshot.is_latest else self._of_past(snapshot), tenant_id)

    @property
    def points(self) -> int:
        """How many products of all tenants have a vector."""
        with self._lock:
            return 0 if self._built is None else self._built.points()

    @property
    def silver_version(self) -> int | None:
        """The version of silver.events that it is of, without waiting for anything; None until it is built."""
        built = self._built
        return None if built is None else built.snapshot.versions[SILVER]

    def progress(self, tenant_id: str) -> Progress:
        """How far it is, and how many products of a tenant it has."""
        with self._lock:
            built = self._built
            if built is None:
                return Progress(None, None, None, self._rows, self._of, 0, 0)
            version, products = built.snapshot.versions[SILVER], built.points(tenant_id)
            return Progress(built.backend, version, built.at, self._rows, self._of, built.fits, products)

    def close(self) -> None:
        with self._working, self._lock:
            for built in (self._built, self._past):
                if built is not None:
                    built.close()
            self._built = self._past = None

    def _advance_soon(self, snapshot: Snapshot) -> None:
        """Bring the index to a snapshot if that takes no longer than a request may."""
        if not self._working.acquire(timeout=_PATIENCE_S):
            return
        try:
            if not self._is_followed or self._missing(snapshot) <= _ROWS_IN_REQUEST:
                self._advance(snapshot)
        finally:
            self._working.release()

    def _missing(self, snapshot: Snapshot) -> int:
        files = self._since(snapshot)
        return sum(file.rows for file in snapshot.files_of(SILVER) if files is None) + sum(file.rows for file in files or ())

    def _advance(self, snapshot: Snapshot) -> None:
        built, files = self._built, self._since(snapshot)
        if built is not None and files is not None:
            self._take(built, snapshot, files)
            return
        wish = asked_reindex(self._lake)
        fresh = self._begun(snapshot, self._make_index(DIMENSIONS))
        with self._lock:
            self._built, self._wish = fresh, wish
        if built is not None:
            built.close()

    def _take(self, built: Built, snapshot: Snapshot, files: list[DataFile]) -> None:
        with self._lock:
            try:
                built.take(snapshot, files)
            except RtlError as error:
                # What it holds now is of no version: whoever asks next builds it from the beginning.
                self._built = None
                built.close()
                if not isinstance(error, VersionGoneError):
                    raise

    def _begun(self, snapshot: Snapshot, index: VectorIndex) -> Built:
        built = Built(self._make_baskets(), index, snapshot, self._clock.now())
        files = snapshot.files_of(SILVER)
        self._rows, self._of = 0, sum(file.rows for file in files)
        built.take(snapshot, files, self._count)
        return built

    def _count(self, rows: int) -> None:
        self._rows = rows

    def _since(self, snapshot: Snapshot) -> list[DataFile] | None:
        """The files that came since what is built; None where it has to be built from the beginning."""
        if self._built is None or self._wish != asked_reindex(self._lake):
            return None
        found: list[DataFile] = []
        for version in range(self._built.snapshot.versions[SILVER] + 1, snapshot.versions[SILVER] + 1):
            try:
                commit = read_commit(self._lake.path(SILVER), version)
            except CorruptionError:
                return None
            # Rows that went, or whose commit was cleaned away, cannot be taken back.
            if commit is None or (commit.data_change and commit.removes):
                return None
            found += commit.adds if commit.data_change else ()
        return found

    def _present(self) -> Built:
        if self._built is None:
            done = f"{self._rows:,} of {self._of:,} events are counted" if self._of else "it has just begun"
            raise StaleError(f"The index of products is being built: {done}. GET /api/v1/search/status tells how far.", 5)
        return self._built

    def _of_past(self, snapshot: Snapshot) -> Built:
        if self._past is not None and self._past.snapshot.versions[SILVER] == snapshot.versions.get(SILVER):
            return self._past
        events = sum(file.rows for file in snapshot.files_of(SILVER))
        if events > _ROWS_OF_PAST:
            raise UsageError(f"`as_of` is of {events:,} events, and up to {_ROWS_OF_PAST:,} are indexed anew; leave it out.")
        if self._past is not None:
            self._past.close()
        past = Built(self._make_baskets(), MemoryIndex(DIMENSIONS), snapshot, self._clock.now())
        past.take(snapshot, snapshot.files_of(SILVER))
        self._past = past
        return past
