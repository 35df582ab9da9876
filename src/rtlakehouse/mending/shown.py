"""Mending that is looked at first: it does what a dry run has shown, or nothing."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from rtlakehouse.errors import RebuildError
from rtlakehouse.mending.backfill import Mending, Rules, Span
from rtlakehouse.mending.deciding import Change
from rtlakehouse.mending.view import keys_of
from rtlakehouse.storage.lake import Lake

__all__ = ["Shown"]


class Shown(Mending):
    """token: of the dry run that showed what it would change; the last step refuses to do anything else."""

    def __init__(
        self, lake: Lake, rules: Rules, span: Span, *, tenant_id: str, token: str | None = None, dry_run: bool = False
    ) -> None:
        super().__init__(lake, rules, span, tenant_id=tenant_id, dry_run=dry_run)
        self._expected = token
        self.token = ""

    def _asked(self) -> list[Any]:
        """What was asked for, as JSON has it."""
        raise NotImplementedError

    def _check(self, change: Change) -> None:
        self.token = self._digest(change)
        if self._expected is not None and self._expected != self.token:
            raise RebuildError(
                "What would change is not what was shown: the tables have changed since. Look again, and take that token."
            )

    def _digest(self, change: Change) -> str:
        """Names what is to be changed: what was asked for, and the records with what becomes of each."""
        fates = {name: sorted(keys_of(rows).to_pylist()) for name, rows in sorted(change.new.items())}
        said = json.dumps([self._asked(), fates]).encode()
        return hashlib.blake2b(said, digest_size=16).hexdigest()
