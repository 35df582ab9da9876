"""What distinct counts over a range need of silver, minute by minute: a quarter of its rows, and a few bytes of each."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from rtlakehouse.catalog.sums import Digest
from rtlakehouse.medallion.silver import EVENTS

__all__ = ["ORDERS", "USERS"]

_DIMENSIONS = ("country", "device", "campaign", "referrer")
_INDICES = (pa.int8(), pa.int16(), pa.int32())


def _users(rows: pa.Table) -> pa.Table:
    keys = {name: rows[name] for name in ("tenant_id", "user_id", *_DIMENSIONS)} | {"minute": _minutes(rows)}
    did = {"viewed": pc.equal(rows["event_type"], "page_view"), "bought": pc.equal(rows["event_type"], "purchase")}
    return _grouped(keys, did)


def _orders(rows: pa.Table) -> pa.Table:
    bought = rows.filter(pc.equal(rows["event_type"], "purchase"))
    order_key = pc.coalesce(bought["order_id"], bought["event_id"])
    return _grouped(
        {"tenant_id": bought["tenant_id"], "currency": bought["currency"], "minute": _minutes(bought), "order_key": order_key}, {}
    )


def _minutes(rows: pa.Table) -> pa.ChunkedArray:
    """The start of the minute that each event happened in, as UTC without a zone."""
    return pc.floor_temporal(rows["event_time"].cast(pa.timestamp("us")), unit="minute")


def _grouped(keys: Mapping[str, pa.ChunkedArray], did: Mapping[str, pa.ChunkedArray]) -> pa.Table:
    """Each combination of keys once, and whether any of its rows did each thing; keys as places in a dictionary."""
    encoded = {name: _encoded(column) for name, column in keys.items()}
    places = {name: column.indices for name, column in encoded.items()}
    found = pa.table({**places, **did}).group_by(list(keys), use_threads=False).aggregate([(name, "any") for name in did])
    columns = {name: _small(found[name].combine_chunks(), column.dictionary) for name, column in encoded.items()}
    return pa.table(columns | {name: found[f"{name}_any"] for name in did})


def _encoded(column: pa.ChunkedArray) -> pa.DictionaryArray:
    whole: pa.DictionaryArray = column.unify_dictionaries().combine_chunks().dictionary_encode()
    return whole


def _small(places: pa.Array, dictionary: pa.Array) -> pa.DictionaryArray:
    """A dictionary array whose places take as few bytes as they can."""
    fitting = next(kind for kind in _INDICES if len(dictionary) < 1 << (kind.bit_width - 1))
    return pa.DictionaryArray.from_arrays(places.cast(fitting), dictionary)


# A row for each file, minute, user and what they came with: whether they viewed, and whether they bought.
USERS = Digest(
    "users",
    EVENTS,
    ("tenant_id", "event_time", "event_type", "user_id", *_DIMENSIONS),
    _users,
    encoded=("tenant_id", "event_type", "user_id", *_DIMENSIONS),
    derived={"minute": ("event_time",), "viewed": ("event_type",), "bought": ("event_type",)},
)
# A row for each file, minute, currency and order that something was bought by; an event without an order is one by itself.
ORDERS = Digest(
    "orders",
    EVENTS,
    ("tenant_id", "event_time", "event_type", "currency", "order_id", "event_id"),
    _orders,
    encoded=("tenant_id", "event_type", "currency"),
    derived={"minute": ("event_time",), "order_key": ("event_type", "order_id", "event_id")},
)
