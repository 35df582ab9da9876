"""Undo: what a repair took out of quarantine goes back there, and gold is what its query makes of silver without it.

The records of the repair stay in bronze and in the ledger, each rejected for the reasons that its original was rejected for.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from rtlakehouse.contract.statement import Statement
from rtlakehouse.contract.times import in_utc
from rtlakehouse.errors import NotFoundError, RebuildError
from rtlakehouse.medallion.bronze import EVENTS as BRONZE
from rtlakehouse.medallion.bronze import REPAIR
from rtlakehouse.medallion.silver import QUARANTINE
from rtlakehouse.mending.backfill import Act, Rules, Span
from rtlakehouse.mending.judging import processed
from rtlakehouse.mending.queries import REJECTED_AGAIN
from rtlakehouse.mending.shown import Shown
from rtlakehouse.mending.view import View, at_places, keys_of
from rtlakehouse.storage.lake import Lake

__all__ = ["Undo"]


class Undo(Shown):
    """The undoing of one repair of a tenant. Raises NotFoundError for one that was never made, RebuildError while it waits."""

    operation = "undo"

    def __init__(
        self, lake: Lake, rules: Rules, repair_id: str, *, tenant_id: str, token: str | None = None, dry_run: bool = False
    ) -> None:
        self._repair_id = repair_id
        self._records = _records_of(View(lake), tenant_id, repair_id)
        received = pc.min_max(self._records["ingested_at"]).as_py()
        span = Span.covering(received["min"], received["max"])
        super().__init__(lake, rules, span, tenant_id=tenant_id, token=token, dry_run=dry_run)

    def acts(self) -> list[Act]:
        """The steps, in order: the one that looks, and the one that changes what differs."""
        return [self._gather, self._mend]

    def _gather(self) -> list[dict[str, Any]]:
        view = self._view()
        own = pc.field("tenant_id") == self._tenant_id
        columns = [name for name in QUARANTINE.column_names if name != "raw"]
        rejected = view.rows(QUARANTINE.name, view.files(QUARANTINE.name), own, columns)
        again = Statement(self._connection, REJECTED_AGAIN)(records=self._records, rejected=rejected)
        again = QUARANTINE.conform(in_utc(again))
        if again.num_rows < self._records.num_rows:
            raise RebuildError(
                f"Quarantine has let go of originals of the repair {self._repair_id}: their retention was over, so why they were"
                " rejected is no longer known. Nothing was changed."
            )
        there = at_places(again, keys_of(rejected))
        self._found.records += self._records.num_rows
        self._found.rejections.append(again.filter(pc.invert(there)))
        return self._gathered()

    def _asked(self) -> list[Any]:
        return [self._repair_id]

    def _metadata(self) -> dict[str, Any]:
        return {**super()._metadata(), "repair": self._repair_id}


def _records_of(view: View, tenant_id: str, repair_id: str) -> pa.Table:
    files = view.within(BRONZE.name, "topic", repair_id, repair_id)
    own = (pc.field("source") == REPAIR) & (pc.field("topic") == repair_id) & (pc.field("tenant_id") == tenant_id)
    records = view.rows(BRONZE.name, files, own)
    if not records.num_rows:
        raise NotFoundError(f"There is no repair {repair_id!r}; GET /api/v1/quarantine/repairs lists those there are.")
    if processed(view, records).num_rows < records.num_rows:
        raise RebuildError(f"The repair {repair_id} is not processed yet; undo it once it is `done`. Nothing was changed.")
    return records
