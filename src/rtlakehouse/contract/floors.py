"""Since when what happened, or was taken in, is kept, by tenant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["Floors"]

# The application that says in a table's log since which day it keeps what happened, of tenants that have no day of their own.
_APPLICATION = "rtl.kept_since"
_OWN = f"{_APPLICATION}/"
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Floors:
    """The first instant of what is kept, by tenant; `of_all` that of tenants that are not named. None: all is kept.

    A table's own are midnights of UTC that only ever rise. Its log has them as the progress of applications, in days since 1970.
    """

    of_all: datetime | None = None
    of_tenants: Mapping[str, datetime | None] = field(default_factory=dict)

    @classmethod
    def recorded(cls, progress: Mapping[str, int]) -> Floors:
        """Those that a table's log says."""
        own = {name.removeprefix(_OWN): _midnight(days) for name, days in progress.items() if name.startswith(_OWN)}
        return cls(_midnight(progress[_APPLICATION]) if _APPLICATION in progress else None, own)

    @property
    def progress(self) -> dict[str, int]:
        """What a log is to say of them, which are midnights: see `recorded`."""
        floors = {_APPLICATION: self.of_all, **{f"{_OWN}{tenant}": floor for tenant, floor in self.of_tenants.items()}}
        return {name: (floor.date() - _EPOCH).days for name, floor in floors.items() if floor is not None}

    def __bool__(self) -> bool:
        """Whether anything is not kept."""
        return self.latest is not None

    def of(self, tenant_id: str) -> datetime | None:
        return self.of_tenants.get(tenant_id, self.of_all)

    @property
    def latest(self) -> datetime | None:
        return max((floor for floor in (self.of_all, *self.of_tenants.values()) if floor is not None), default=None)

    def shifted(self, by: timedelta) -> Floors:
        return Floors(
            self.of_all and self.of_all + by, {tenant: floor and floor + by for tenant, floor in self.of_tenants.items()}
        )

    def raised(self, to: Floors) -> Floors:
        """For each tenant the later of the two: what is gone of one does not come back."""

        def later(one: datetime | None, other: datetime | None) -> datetime | None:
            return other if one is None or (other is not None and other > one) else one

        named = {*self.of_tenants, *to.of_tenants}
        return Floors(later(self.of_all, to.of_all), {tenant: later(self.of(tenant), to.of(tenant)) for tenant in sorted(named)})

    def bounded(self, by: Floors) -> Floors:
        """For each tenant the earlier of the two."""

        def earlier(one: datetime | None, other: datetime | None) -> datetime | None:
            return None if one is None or other is None else min(one, other)

        named = {*self.of_tenants, *by.of_tenants}
        return Floors(
            earlier(self.of_all, by.of_all), {tenant: earlier(self.of(tenant), by.of(tenant)) for tenant in sorted(named)}
        )

    def older(self, tenants: pa.ChunkedArray, times: pa.ChunkedArray) -> pa.ChunkedArray:
        """Which of these are of a time before their tenant's floor."""
        found = pc.and_(pc.less(times, pa.scalar(self.of_all, times.type)), self._is_unnamed(tenants))
        for tenant, floor in self.of_tenants.items():
            found = pc.or_kleene(found, pc.and_(pc.equal(tenants, tenant), pc.less(times, pa.scalar(floor, times.type))))
        return pc.fill_null(found, False)

    def _is_unnamed(self, tenants: pa.ChunkedArray) -> pa.ChunkedArray:
        return pc.invert(pc.is_in(tenants, value_set=pa.array(list(self.of_tenants), pa.string())))


def _midnight(days: int) -> datetime:
    return datetime.combine(_EPOCH + timedelta(days), datetime.min.time(), UTC)
