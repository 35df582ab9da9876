"""Which engine a lake is of. Two that write one table at once lose commits, so a lake is handed over, never shared."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from rtlakehouse.clock import isoformat
from rtlakehouse.errors import UsageError
from rtlakehouse.storage.durable import write_atomically
from rtlakehouse.storage.lake import Lake

__all__ = ["AUTO", "assign", "choose", "engine_of"]

AUTO = "auto"
_DEFAULT = "embedded"


def engine_of(lake: Lake) -> str | None:
    """The engine that the lake is of; None for one that no engine has worked on yet."""
    path = _path(lake)
    if path.exists():
        return str(json.loads(path.read_bytes())["engine"])
    # Lakes are older than this note, and were the embedded engine's then.
    return _DEFAULT if lake.processed() else None


def choose(lake: Lake, wanted: str) -> str:
    """The engine to run. wanted: an engine's name, or `auto`. Raises UsageError where the lake is another engine's."""
    present = engine_of(lake)
    chosen = (present or _DEFAULT) if wanted == AUTO else wanted
    if present not in (None, chosen):
        raise UsageError(
            f"{lake.root} is worked on by the {present} engine. Run that one, or move the lake: `rtl handover --to {chosen}`."
        )
    return chosen


def assign(lake: Lake, engine: str, now: datetime) -> None:
    """Write down that the lake is this engine's from now on; the caller holds the engine lock."""
    write_atomically(_path(lake), json.dumps({"engine": engine, "since": isoformat(now)}).encode())


def _path(lake: Lake) -> Path:
    return lake.control / "engine.json"
