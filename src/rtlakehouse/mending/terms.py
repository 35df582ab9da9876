"""For how long each table keeps what it has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from rtlakehouse.contract.floors import Floors
from rtlakehouse.errors import UsageError
from rtlakehouse.mending.backfill import Rules

__all__ = ["Keeping", "Terms"]

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Terms:
    """For how many days a table keeps what it has. of_all: of tenants without a term of their own; None: for ever."""

    of_all: int | None = None
    of_tenants: Mapping[str, int] = field(default_factory=dict)

    @property
    def are_set(self) -> bool:
        return self.of_all is not None or bool(self.of_tenants)

    def of(self, tenant_id: str) -> int | None:
        return self.of_tenants.get(tenant_id, self.of_all)

    def floors(self, now: datetime) -> Floors:
        """Since when it is kept: so many days, and what is over of the day before these."""
        midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        own = {tenant: midnight - timedelta(days=days) for tenant, days in self.of_tenants.items()}
        return Floors(None if self.of_all is None else midnight - timedelta(days=self.of_all), own)


@dataclass(frozen=True)
class Keeping:
    """The terms of bronze, of quarantine, of silver's events and their duplicates, and of gold."""

    bronze: Terms = Terms()
    quarantine: Terms = Terms()
    silver: Terms = Terms()
    gold: Terms = Terms()

    @property
    def are_set(self) -> bool:
        return any(terms.are_set for terms in (self.bronze, self.quarantine, self.silver, self.gold))

    def require_possible(self, rules: Rules) -> None:
        """Raises UsageError where a table would let go of what another still needs, or silver of what may yet come."""
        self._require_order("quarantine", self.quarantine, "bronze", self.bronze)
        self._require_order("silver", self.silver, "bronze", self.bronze)
        self._require_order("gold", self.gold, "silver", self.silver)
        least = -(-(rules.limits.late + rules.dedupe_window) // _DAY)
        for tenant in ("", *self.silver.of_tenants):
            if (days := self.silver.of(tenant)) is not None and days < least:
                raise UsageError(
                    f"`retention_days` keeps silver for {days} days{_of(tenant)}: give it {least} at least, as events may come "
                    "`late_limit_s` after they happened and are looked for among those of `dedupe_window_s` before them."
                )

    def _require_order(self, name: str, longer: Terms, other: str, shorter: Terms) -> None:
        for tenant in ("", *longer.of_tenants, *shorter.of_tenants):
            days, least = longer.of(tenant), shorter.of(tenant)
            if days is not None and (least is None or least > days):
                raise UsageError(
                    f"`retention_days` keeps {name} for {days} days and {other} {_named(least)}{_of(tenant, 'of all tenants')}: "
                    f"give {other} as many days, or fewer."
                )


def _of(tenant: str, of_all: str = "") -> str:
    whose = f"of tenant {tenant}" if tenant else of_all
    return f", {whose}" if whose else ""


def _named(days: int | None) -> str:
    return "for ever" if days is None else f"for {days}"
