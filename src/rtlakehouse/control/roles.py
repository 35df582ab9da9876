"""What a key allows."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Role"]


class Role(StrEnum):
    """Each role may do what those before it may."""

    READER = "reader"
    INGEST = "ingest"
    ADMIN = "admin"

    def covers(self, needed: Role) -> bool:
        """Whether who has this role may do what needs that one."""
        order = list(Role)
        return order.index(self) >= order.index(needed)
