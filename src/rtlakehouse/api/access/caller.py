"""Who asks."""

from __future__ import annotations

from dataclasses import dataclass

from rtlakehouse.control import Role

__all__ = ["Caller"]


@dataclass(frozen=True)
class Caller:
    """Whose data is asked for or sent, and what may be done. key_id: None for who came without a key."""

    tenant_id: str
    role: Role
    key_id: str | None = None
