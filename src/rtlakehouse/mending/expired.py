"""Records that silver has and bronze has let go of, because their retention was over."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from rtlakehouse.clock import isoformat
from rtlakehouse.errors import RebuildError
from rtlakehouse.medallion.bronze import EVENTS as BRONZE
from rtlakehouse.medallion.ops import LEDGER
from rtlakehouse.mending.view import PLACE, View, at_places, keys_of

__all__ = ["any_expired", "expired", "require_received"]


def any_expired(view: View) -> bool:
    """Whether bronze has let go of anything."""
    return bool(view.rows(LEDGER.name, view.files(LEDGER.name), pc.field("expired") > 0, ("expired",)).num_rows)


def expired(view: View, places: pa.Table) -> pa.ChunkedArray:
    """Which of these places, all of them in silver, bronze has nothing at."""
    return pc.invert(at_places(places, keys_of(view.at(BRONZE.name, places, PLACE))))


def require_received(view: View, places: pa.Table, what: str) -> None:
    """Raise RebuildError, which says of `what` they are, where bronze has let go of any of these."""
    if not any_expired(view) or not (gone := int(pc.sum(expired(view, places), min_count=0).as_py())):
        return
    ledger = view.rows(LEDGER.name, view.files(LEDGER.name), columns=("expired_at",))
    at = isoformat(pc.max(ledger["expired_at"]).as_py())
    raise RebuildError(
        f"Bronze has let go of {gone:,} records of {what}, by {at}: their retention was over, so they cannot be judged again. "
        "Nothing was changed."
    )
