"""What `rtl doctor` looks at: this machine and one lake. It changes nothing."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib import metadata
from pathlib import Path

from rtlakehouse.clock import isoformat
from rtlakehouse.errors import RtlError
from rtlakehouse.medallion.graph import TABLES
from rtlakehouse.storage.checkpoint import Checkpoint
from rtlakehouse.storage.healing import require_whole_tail
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.lock import holder
from rtlakehouse.storage.pause import Pause, read_pause

__all__ = ["Diagnosis", "diagnose"]

_MIN_FREE_BYTES = 2 << 30
_DELTALAKE = "1.6.3"
_MANY_FILES = 400


@dataclass(frozen=True)
class Diagnosis:
    """One thing looked at: whether it is well, what was seen, and the fix where it is not."""

    well: bool
    what: str
    fix: str = ""


def diagnose(root: Path) -> Iterator[Diagnosis]:
    """Look at the machine, then at the lake at `root`."""
    yield _python()
    yield _deltalake()
    yield _space(root)
    yield _writable(root)
    if not (root / "_rtl").is_dir():
        yield Diagnosis(True, f"there is no lake at {root} yet; `rtl up` makes one")
        return
    lake = Lake.open(root)
    yield _lock(lake)
    if (paused := read_pause(lake)) is not None:
        yield _paused(paused)
    if (made := Checkpoint.of(lake).made) is not None:
        yield _checkpoint(lake, made)
    for name in TABLES:
        yield _table(lake, name)


def _python() -> Diagnosis:
    version = ".".join(map(str, sys.version_info[:3]))
    return Diagnosis(sys.version_info >= (3, 11), f"Python {version}", "install Python 3.11 or newer")


def _deltalake() -> Diagnosis:
    version = metadata.version("deltalake")
    fix = f"install deltalake {_DELTALAKE}: later releases let two racing compactions both commit"
    return Diagnosis(version == _DELTALAKE, f"deltalake {version}", fix)


def _space(root: Path) -> Diagnosis:
    free = shutil.disk_usage(_existing(root)).free
    return Diagnosis(
        free > _MIN_FREE_BYTES, f"{free / (1 << 30):.1f} GiB free for {root}", "free some disk, or use another with --lake"
    )


def _writable(root: Path) -> Diagnosis:
    folder = _existing(root)
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"x")
            os.fsync(file.fileno())
    except OSError as error:
        return Diagnosis(
            False, f"{folder} cannot be written: {error}", "correct its owner and mode, or use another lake with --lake"
        )
    return Diagnosis(True, f"{folder} can be written and synced")


def _lock(lake: Lake) -> Diagnosis:
    owner = holder(lake.control / "engine.lock")
    return Diagnosis(True, f"engine: {owner}" if owner else "no engine works on this lake now")


def _paused(paused: Pause) -> Diagnosis:
    what = f"the pipeline is paused since {paused.at} by {paused.by}: {paused.why}"
    return Diagnosis(False, what, "`POST /api/v1/pipeline/resume`, or the monitor's button, once that is over")


def _checkpoint(lake: Lake, made: datetime) -> Diagnosis:
    checkpoint = Checkpoint.of(lake)
    size = f"{checkpoint.size_bytes / 1024:,.0f} KiB"
    return Diagnosis(True, f"Spark's checkpoint: {checkpoint.folder}, begun {isoformat(made)}, {size}; it may be removed")


def _table(lake: Lake, name: str) -> Diagnosis:
    try:
        require_whole_tail(lake.path(name))
        files = lake.files(name)
        missing = [path for path, file in files.items() if _size(lake.path(name) / path) != file.size_bytes]
    except RtlError as error:
        fix = "stop everything on this lake and start `rtl run`: it heals what was never acknowledged, and names what it cannot"
        return Diagnosis(False, f"{name}: {error}", fix)
    if missing:
        fix = "restore the file from a backup; `rtl verify` lists all, `rtl history` shows which versions need it"
        return Diagnosis(False, f"{name}: {missing[0]} is missing or has another size", fix)
    fix = f"rtl optimize {name}"
    return Diagnosis(len(files) < _MANY_FILES, f"{name}: version {lake.version(name):,}, {len(files):,} files", fix)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else -1


def _existing(path: Path) -> Path:
    path = path.absolute()
    return path if path.exists() else _existing(path.parent)
