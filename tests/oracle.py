"""What the lakehouse must compute, in plain Python: no DuckDB, no Arrow, nothing of the package. Slow and obvious."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

Key = tuple[Any, ...]
Rows = dict[Key, dict[str, Any]]

WATERMARK = timedelta(seconds=15)
FUTURE = timedelta(minutes=5)
TOO_LATE = timedelta(days=7)
DEDUPE_WINDOW = timedelta(hours=24)
TYPES = ("page_view", "add_to_cart", "purchase", "refund")
REQUIRED_STRINGS = ("event_id", "event_type", "user_id", "product_id")
OPTIONAL = {"order_id": 512, "session_id": 512, "country": 512, "device": 512, "campaign": 512, "referrer": 512, "ua": 1024}
FIELDS = (*REQUIRED_STRINGS, "price", "quantity", "currency", "ts", *OPTIONAL)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ISO = re.compile(r"(\d{4}-\d{2}-\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}(?::?\d{2})?)", re.ASCII)


@dataclass(frozen=True)
class Record:
    """A record as it is in bronze; `received_at` None where it has no time of its own."""

    raw: bytes
    position: int
    received_at: datetime | None
    ingested_at: datetime
    tenant_id: str = "default"
    source: str = "memory"
    topic: str = "t"
    partition: int = 0

    @property
    def place(self) -> Key:
        return (self.tenant_id, self.source, self.topic, self.partition, self.position)


class Number(str):
    """The text of a JSON number; 1e+5 and 1e5 are the same number."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Number) and Decimal(self) == Decimal(other)

    def __hash__(self) -> int:
        return hash(Decimal(self))


class MalformedError(ValueError):
    """Not JSON by RFC 8259."""


def depth(text: str) -> int:
    """The deepest nesting of brackets outside string literals."""
    deepest = level = 0
    in_string = False
    i = 0
    while i < len(text):
        if in_string:
            if text[i] == "\\":
                i += 1
            elif text[i] == '"':
                in_string = False
        elif text[i] == '"':
            in_string = True
        elif text[i] in "[{":
            level += 1
            deepest = max(deepest, level)
        elif text[i] in "]}":
            level -= 1
        i += 1
    return deepest


def parse(text: str) -> Any:
    """Strict JSON, numbers as text, the first of equal keys."""

    def first_wins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in pairs:
            found.setdefault(key, value)
        return found

    def refuse(constant: str) -> Any:
        raise MalformedError(constant)

    value = json.loads(text, parse_int=Number, parse_float=Number, parse_constant=refuse, object_pairs_hook=first_wins)
    json.dumps(value, ensure_ascii=False).encode()  # a lone surrogate has no UTF-8
    return value


def refine(record: Record) -> dict[str, Any] | list[str]:
    """The event, or every reason why it is none."""
    if record.raw == b"erased":
        return ["erased"]
    if len(record.raw) > 65_536:
        return ["oversized"]
    try:
        text = record.raw.decode()
    except UnicodeDecodeError:
        return ["invalid_utf8"]
    if depth(text) > 32:
        return ["too_deep"]
    try:
        document = parse(text)
    except ValueError:
        return ["malformed_json"]
    if not isinstance(document, dict):
        return ["not_an_object"]
    return _judge(document, record)


def _judge(document: dict[str, Any], record: Record) -> dict[str, Any] | list[str]:
    reasons: list[str] = []
    event: dict[str, Any] = {}
    for name in FIELDS:
        value = document.get(name)
        if value is None:
            event[name] = None
            if name not in OPTIONAL:
                reasons.append(f"missing:{name}")
            continue
        found, reason = _field(name, value, record)
        event[name] = found
        reasons += [reason] if reason else []
    if reasons:
        return reasons
    extras = {key: value for key, value in document.items() if key not in FIELDS}
    event["extras"] = extras or None
    event_us = event.pop("ts")
    received_us = event_us if record.received_at is None else microseconds(record.received_at)
    event["event_us"] = event_us
    event["lateness_ms"] = (received_us - event_us) // 1000
    event["is_late"] = received_us - event_us > WATERMARK // timedelta(microseconds=1)
    return event


def _field(name: str, value: Any, record: Record) -> tuple[Any, str | None]:
    if name == "price":
        return _price(value)
    if name == "quantity":
        return _quantity(value)
    if name == "ts":
        return _ts(value, record)
    if not isinstance(value, str) or isinstance(value, Number):
        return None, f"type:{name}"
    if name == "event_type":
        return value, None if value in TYPES else "unknown_event_type"
    if name == "currency":
        return value, None if re.fullmatch("[A-Z]{3}", value) else "bad_currency"
    shortest, longest = (0, OPTIONAL[name]) if name in OPTIONAL else (1, 128)
    return value, None if shortest <= len(value) <= longest else f"length:{name}"


def _price(value: Any) -> tuple[Decimal | None, str | None]:
    if not isinstance(value, Number):
        return None, "type:price"
    exact = Decimal(value)
    if abs(exact) > 10**15:
        return None, "range:price"
    rounded = exact.quantize(Decimal("0.0001"), ROUND_HALF_UP)
    return (rounded, None) if 0 <= rounded < 10**14 else (None, "range:price")


def _quantity(value: Any) -> tuple[int | None, str | None]:
    if not _is_integer(value):
        return None, "type:quantity"
    whole = int(Decimal(value))
    return (whole, None) if 1 <= whole <= 1_000_000 else (None, "range:quantity")


def _is_integer(value: Any) -> bool:
    return isinstance(value, Number) and re.fullmatch(r"-?\d+", value) is not None


def _ts(value: Any, record: Record) -> tuple[int | None, str | None]:
    if _is_integer(value):
        instant: int | None = int(Decimal(value)) * 1000
    elif isinstance(value, str) and not isinstance(value, Number):
        instant = _parse_iso(value)
    else:
        return None, "type:ts"
    first, last = microseconds(datetime.min.replace(tzinfo=UTC)), microseconds(datetime.max.replace(tzinfo=UTC))
    if instant is None or not first <= instant <= last:
        return None, "bad_timestamp"
    if record.received_at is not None:
        received = microseconds(record.received_at)
        if instant > received + FUTURE // timedelta(microseconds=1):
            return instant, "future_timestamp"
        if instant < received - TOO_LATE // timedelta(microseconds=1):
            return instant, "too_late"
    return instant, "bad_timestamp" if instant > last - 60_000_000 else None


def _parse_iso(text: str) -> int | None:
    match = _ISO.fullmatch(text)
    if match is None:
        return None
    day, hour, minute, second, fraction, offset = match.groups()
    try:
        local = datetime.fromisoformat(f"{day}T{hour}:{minute}:{second or '00'}+00:00")
    except ValueError:
        return None
    shift = 0
    if offset != "Z":
        hours, minutes = int(offset[1:3]), int(offset[-2:]) if len(offset) > 3 else 0
        if hours > 23 or minutes > 59:
            return None
        shift = (hours * 60 + minutes) * (-1 if offset[0] == "-" else 1)
    return microseconds(local) + int((fraction or "0")[:6].ljust(6, "0")) - shift * 60_000_000


def microseconds(instant: datetime) -> int:
    return (instant - _EPOCH) // timedelta(microseconds=1)


@dataclass
class Expected:
    """What must be in the lake after these records."""

    silver: Rows
    quarantine: Rows
    duplicates: Rows
    gold: dict[str, Rows]


def run(records: Sequence[Record]) -> Expected:
    """Everything, from records in their order of arrival."""
    accepted: list[tuple[Record, dict[str, Any]]] = []
    quarantine: Rows = {}
    for record in records:
        found = refine(record)
        if isinstance(found, list):
            quarantine[record.place] = {"reasons": found, "raw": record.raw}
        else:
            accepted.append((record, found))
    kept, duplicates = dedupe(accepted)
    silver = {record.place: event for record, event in kept}
    return Expected(silver, quarantine, duplicates, gold([{**event, "tenant_id": record.tenant_id} for record, event in kept]))


def dedupe(
    accepted: Iterable[tuple[Record, dict[str, Any]]],
) -> tuple[list[tuple[Record, dict[str, Any]]], Rows]:
    """One event after the other: a duplicate if an accepted one of its id happened within the window; the earliest is named."""
    window = DEDUPE_WINDOW // timedelta(microseconds=1)
    seen: dict[Key, list[tuple[int, Key]]] = defaultdict(list)
    kept, duplicates = [], {}
    for record, event in accepted:
        same = seen[record.tenant_id, event["event_id"]]
        near = [(at, place) for at, place in same if abs(at - event["event_us"]) <= window]
        if near:
            duplicates[record.place] = {"event_id": event["event_id"], "kept": min(near)[1][1:]}
        else:
            same.append((event["event_us"], record.place))
            kept.append((record, event))
    return kept, duplicates


def gold(events: Sequence[dict[str, Any]]) -> dict[str, Rows]:
    """Every gold table, by its key."""
    return {
        "gold.kpis_1m": {key: _kpis(group) for key, group in _grouped(events, ()).items()},
        "gold.revenue_1m": {
            key: _revenue(group)
            for key, group in _grouped([e for e in events if e["event_type"] in ("purchase", "refund")], ("currency",)).items()
        },
        "gold.products_1m": {key: _product(group) for key, group in _grouped(events, ("product_id", "currency")).items()},
        "gold.segments_1m": {
            (tenant, minute, dimension, value): _segment(group)
            for dimension in ("country", "device", "campaign", "referrer")
            for (tenant, minute, value), group in _grouped([e for e in events if e[dimension] is not None], (dimension,)).items()
        },
    }


def _grouped(events: Iterable[dict[str, Any]], by: tuple[str, ...]) -> dict[Key, list[dict[str, Any]]]:
    groups: dict[Key, list[dict[str, Any]]] = defaultdict(list)
    for event in events:
        minute = event["event_us"] - event["event_us"] % 60_000_000
        groups[event["tenant_id"], minute, *(event[name] for name in by)].append(event)
    return groups


def _of(group: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [event for event in group if event["event_type"] == kind]


def _users(group: list[dict[str, Any]]) -> int:
    return len({event["user_id"] for event in group})


def _money(group: list[dict[str, Any]]) -> Decimal:
    return sum((event["price"] * event["quantity"] for event in group), Decimal("0.0000"))


def _units(group: list[dict[str, Any]]) -> int:
    return sum(event["quantity"] for event in _of(group, "purchase"))


def _kpis(group: list[dict[str, Any]]) -> dict[str, Any]:
    viewing, purchasing = _users(_of(group, "page_view")), _users(_of(group, "purchase"))
    rate = (Decimal(purchasing) / viewing).quantize(Decimal("0.000001"), ROUND_HALF_UP) if viewing else None
    return {
        "events": len(group),
        "page_views": len(_of(group, "page_view")),
        "add_to_carts": len(_of(group, "add_to_cart")),
        "purchases": len(_of(group, "purchase")),
        "refunds": len(_of(group, "refund")),
        "units": _units(group),
        "active_users": _users(group),
        "viewing_users": viewing,
        "cart_users": _users(_of(group, "add_to_cart")),
        "purchasing_users": purchasing,
        "sessions": len({event["session_id"] for event in group if event["session_id"] is not None}),
        "conversion_rate": rate,
        "late_events": sum(event["is_late"] for event in group),
    }


def _revenue(group: list[dict[str, Any]]) -> dict[str, Any]:
    bought = _of(group, "purchase")
    orders = len({event["event_id"] if event["order_id"] is None else event["order_id"] for event in bought})
    gross, refunded = _money(bought), _money(_of(group, "refund"))
    return {
        "orders": orders,
        "units": _units(group),
        "gross": gross,
        "refunded": refunded,
        "net": gross - refunded,
        "average_order_value": (gross / orders).quantize(Decimal("0.0001"), ROUND_HALF_UP) if orders else None,
    }


def _product(group: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "page_views": len(_of(group, "page_view")),
        "add_to_carts": len(_of(group, "add_to_cart")),
        "purchases": len(_of(group, "purchase")),
        "units": _units(group),
        "gross": _money(_of(group, "purchase")),
    }


def _segment(group: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "events": len(group),
        "page_views": len(_of(group, "page_view")),
        "purchases": len(_of(group, "purchase")),
        "active_users": _users(group),
        "purchasing_users": _users(_of(group, "purchase")),
    }
