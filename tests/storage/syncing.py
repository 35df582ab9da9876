"""What the process asked the disk to keep, in order; and what a power cut leaves of the rest."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest


@dataclass
class Synced:
    """The files and directories that were synced, in order, by their paths at that time."""

    paths: list[Path] = field(default_factory=list)

    def cut_power(self, root: Path, chance: random.Random) -> None:
        """What may happen to files that were never synced: each is whole, torn, empty, or gone."""
        kept = set(self.paths)
        for path in sorted(root.rglob("*")):
            if path.is_file() and path not in kept:
                _damage(path, chance)


def _damage(path: Path, chance: random.Random) -> None:
    size = path.stat().st_size
    left = chance.choice([size, chance.randrange(size + 1), 0, None])
    if left is None:
        path.unlink()
    else:
        os.truncate(path, left)


@contextmanager
def recorded(patch: pytest.MonkeyPatch) -> Iterator[Synced]:
    """Note every fsync of this process on its way to the disk. Of a file synced while it had another name both are noted."""
    synced = Synced()
    fsync, replace = os.fsync, Path.replace

    def note(descriptor: int) -> None:
        fsync(descriptor)
        synced.paths.append(Path(f"/proc/self/fd/{descriptor}").readlink())

    def rename(path: Path, target: Path) -> Path:
        if path in synced.paths:
            synced.paths.append(target)
        return replace(path, target)

    with patch.context() as patched:
        patched.setattr(os, "fsync", note)
        patched.setattr(Path, "replace", rename)
        yield synced
