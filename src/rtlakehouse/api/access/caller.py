"""Who asks."""

from __future__ import annotations

from dataclasses import dataclass

from rtlakehouse.control import ITSELF, Role

__all__ = ["Caller"]


@dataclass(frozen=True)
class Caller:
    """Whose data is asked for or sent, and what may be done. key_id: None for who came without a key."""

    tenant_id: str
    role: Role
    key_id: str | None = None

    @property
    def who(self) -> str:
        """As the audit names who asks. What changes something needs a key, so there is one."""
        return self.key_id or ITSELF
