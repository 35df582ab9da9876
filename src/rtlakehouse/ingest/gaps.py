"""What sources lost before it was read, for good: `<lake>/_rtl/gaps.jsonl`, a line each."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from rtlakehouse.clock import isoformat
from rtlakehouse.storage.durable import sync_paths
from rtlakehouse.storage.lake import Lake

__all__ = ["Gaps"]


class Gaps:
    """The record of a lake."""

    def __init__(self, lake: Lake) -> None:
        self.path: Path = lake.control / "gaps.jsonl"

    def read(self) -> list[dict[str, Any]]:
        return [msgspec.json.decode(line) for line in self.path.read_bytes().splitlines()] if self.path.exists() else []

    def add(self, gap: Mapping[str, Any], now: datetime, *, accepted: bool) -> None:
        """Put it on record, durably; once, however often it is met again."""
        entry = {**gap, "accepted": accepted}
        if any({name: old[name] for name in entry} == entry for old in self.read()):
            return
        with open(self.path, "ab") as file:
            file.write(msgspec.json.encode({"at": isoformat(now), **entry}) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        sync_paths([self.path.parent])
