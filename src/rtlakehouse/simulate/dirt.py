"""From events to records as they are sent: with a time, in JSON, and with the dirt that real streams carry."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from rtlakehouse.simulate.model import Event, Shoppers
from rtlakehouse.simulate.report import Report

__all__ = ["MALFORMED", "Dirt", "Records"]

_REMEMBERED = 5_000
_ISO_SHARE = 0.1
_EXTRAS_SHARE = 0.02
# Late by more than this is late by the contract's default watermark.
_WATERMARK_MS = 15_000


@dataclass(frozen=True)
class Dirt:
    """Shares (0 to 1) of records that are not a plain, fresh, valid event.

    late_by_s: late events happened up to this long before they are sent, and more than the watermark of 15 s.
    out_of_order_by_s: out-of-order ones up to this long, within the watermark.
    """

    malformed: float = 0.005
    duplicates: float = 0.01
    late: float = 0.01
    out_of_order: float = 0.02
    late_by_s: float = 120.0
    out_of_order_by_s: float = 10.0


def _without(field: str) -> Callable[[str], bytes]:
    """Rename a member, so that the one of that name is missing."""
    return lambda text: text.replace(f'"{field}":', f'"was_{field}":', 1).encode()


def _instead(old: str, new: str) -> Callable[[str], bytes]:
    return lambda text: text.replace(old, new, 1).encode()


# reason -> how a valid record is broken so that exactly this reason is given.
MALFORMED: dict[str, Callable[[str], bytes]] = {
    "malformed_json": lambda text: text[:-7].encode(),
    "invalid_utf8": lambda text: text.encode().replace(b'"user_id":"', b'"user_id":"\xff', 1),
    "not_an_object": lambda text: f"[{text}]".encode(),
    "too_deep": lambda text: text[:-1].encode() + b',"x":' + b"[" * 40 + b"]" * 40 + b"}",
    "missing:user_id": _without("user_id"),
    "missing:currency": _without("currency"),
    "type:price": lambda text: text.replace('"price":', '"price":"', 1).replace(',"quantity"', '","quantity"', 1).encode(),
    "type:quantity": _instead('"quantity":', '"quantity":0.'),
    "range:price": _instead('"price":', '"price":-'),
    "range:quantity": _instead('"quantity":', '"quantity":-'),
    "length:event_id": _instead('"event_id":"', '"event_id":"' + "x" * 128),
    "unknown_event_type": _instead('"event_type":"', '"event_type":"un'),
    "bad_currency": _instead('"currency":"', '"currency":"x'),
    "bad_timestamp": lambda text: text.replace('"ts":', '"ts":"yesterday","was_ts":', 1).encode(),
}


class Records:
    """Turns shoppers' events into records to send, and keeps the report of them.

    breaking: how a malformed record comes about, by its reason; each is as frequent as any other.
    """

    def __init__(
        self, shoppers: Shoppers, dirt: Dirt, seed: int, breaking: Mapping[str, Callable[[str], bytes]] = MALFORMED
    ) -> None:
        self.report = Report()
        self._shoppers = shoppers
        self._dirt = dirt
        self._random = random.Random(seed ^ 0x5EED)
        self._sent: deque[bytes] = deque(maxlen=_REMEMBERED)
        self._breaking = breaking
        self._reasons = tuple(breaking)

    def next(self, now_ms: int) -> bytes:
        """The next record, sent at `now_ms` (milliseconds since the epoch)."""
        draw = self._random.random()
        if draw < self._dirt.duplicates and self._sent:
            self.report.duplicates += 1
            return self._sent[int(self._random.random() * len(self._sent))]
        event = self._shoppers.next()
        draw -= self._dirt.duplicates
        if 0 <= draw < self._dirt.malformed:
            return self._broken(event, now_ms)
        record = self._text(event, self._event_time(draw - self._dirt.malformed, now_ms)).encode()
        self._sent.append(record)
        self._count(event)
        return record

    def _broken(self, event: Event, now_ms: int) -> bytes:
        reason = self._reasons[int(self._random.random() * len(self._reasons))]
        self.report.quarantined[reason] += 1
        return self._breaking[reason](self._text(event, now_ms, plain=True))

    def _event_time(self, draw: float, now_ms: int) -> int:
        if 0 <= draw < self._dirt.late:
            self.report.late += 1
            # A second clear of the watermark, so that the time the record travels does not decide.
            least = _WATERMARK_MS + 1000
            return now_ms - least - int(self._random.random() * max(1.0, self._dirt.late_by_s * 1000 - least))
        if 0 <= draw - self._dirt.late < self._dirt.out_of_order:
            self.report.out_of_order += 1
            return now_ms - int(self._random.random() * self._dirt.out_of_order_by_s * 1000)
        return now_ms

    def _text(self, event: Event, ts_ms: int, *, plain: bool = False) -> str:
        draw = self._random.random()
        ts = str(ts_ms) if plain or draw >= _ISO_SHARE else f'"{_iso(ts_ms)}"'
        text = (
            f'{{"event_id":"{event.event_id}","event_type":"{event.event_type}","user_id":"{event.user_id}",'
            f'"product_id":"{event.product_id}","price":{event.price},"quantity":{event.quantity},'
            f'"currency":"{event.currency}","ts":{ts},"session_id":"{event.session_id}",'
            f'"country":"{event.country}","device":"{event.device}"'
        )
        if event.order_id is not None:
            text += f',"order_id":"{event.order_id}"'
        if event.campaign is not None:
            text += f',"campaign":"{event.campaign}"'
        if event.referrer is not None:
            text += f',"referrer":"{event.referrer}"'
        if draw > 1 - _EXTRAS_SHARE and not plain:
            text += ',"experiment":{"name":"checkout","variant":"b"}'
        return text + "}"

    def _count(self, event: Event) -> None:
        self.report.accepted[event.event_type] += 1
        if event.event_type in ("purchase", "refund"):
            self.report.money(event.event_type, event.currency, Decimal(event.price) * event.quantity)


def _iso(ts_ms: int) -> str:
    return datetime.fromtimestamp(ts_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{ts_ms % 1000:03d}+00:00"
