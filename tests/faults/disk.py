"""A small disk of its own, and the means to fill and free it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from needing import missing

_AT_ONCE = 64 << 10


@dataclass(frozen=True)
class Disk:
    """Where it is."""

    root: Path

    @property
    def free(self) -> int:
        return shutil.disk_usage(self.root).free

    def fill(self, leave: int) -> None:
        """Take all but `leave` bytes."""
        with open(self.root / "ballast", "ab") as file:
            while (rest := self.free - leave) > 0:
                file.write(b"x" * min(rest, _AT_ONCE))
                file.flush()

    def relieve(self) -> None:
        (self.root / "ballast").unlink()


@contextmanager
def small_disk(root: Path, size_mb: int) -> Iterator[Disk]:
    """One of that size at `root`, in memory."""
    root.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size_mb}m", "tmpfs", str(root)], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        missing(f"a small tmpfs cannot be mounted here, which takes root: {mounted.stderr.strip()}")
    yield Disk(root)
    subprocess.run(["umount", "--lazy", str(root)], check=True)
