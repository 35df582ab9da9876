"""Named places where a crash test kills the process: no-ops unless switched on by the setting `failpoints`.

`after_silver_commit:3` kills at the third pass of that place. The names in use are in `KNOWN`; a test passes each.
"""

from __future__ import annotations

import os
import signal
import threading

from rtlakehouse.errors import SettingsError

__all__ = ["KNOWN", "arm", "failpoint"]

KNOWN = (
    "before_bronze_commit",
    "after_bronze_commit",
    "after_bronze_seal",
    "before_silver_commit",
    "after_one_silver_sibling",
    "after_silver_commit",
    "after_silver_seal",
    "before_gold_commit",
    "after_one_gold_table",
    "after_gold_commit",
    "before_ledger_commit",
    "after_ledger_commit",
    "after_rewrite_note",
    "after_one_rewritten_table",
    "after_rewrite",
    "before_erasure_rewrite",
    "after_erasure_rewrite",
    "after_erased_floor",
    "after_forgotten_table",
    "before_erasure_certificate",
    "before_retention_rewrite",
    "before_journal_commit",
    "after_journal_commit",
    "before_compaction",
    "after_compaction",
    "after_checkpoint",
    "after_log_cleanup",
    "after_vacuum",
    "before_snapshot_publish",
    "after_snapshot_publish",
)

_armed: dict[str, int] = {}
_lock = threading.Lock()


def arm(specification: str) -> None:
    """Switch on `name[:pass],...`; an empty text switches all off. Raises SettingsError for an unknown name."""
    _armed.clear()
    for item in filter(None, (part.strip() for part in specification.split(","))):
        name, _, passes = item.partition(":")
        if name not in KNOWN:
            raise SettingsError(f"{name!r} is not a failpoint. There are: {', '.join(KNOWN)}.")
        _armed[name] = int(passes or 1)


def failpoint(name: str) -> None:
    """Die here, as by kill -9, when this place is armed and its count is reached."""
    if name not in _armed:
        return
    with _lock:
        _armed[name] -= 1
        if _armed[name] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
