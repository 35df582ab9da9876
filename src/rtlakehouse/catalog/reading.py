"""One read of the lake: whose, of which snapshot, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from rtlakehouse.catalog.snapshot import Snapshot

__all__ = ["Reading"]


@dataclass(frozen=True)
class Reading:
    """watermark: the time that the states of windows are judged by."""

    tenant_id: str
    snapshot: Snapshot
    watermark: datetime
