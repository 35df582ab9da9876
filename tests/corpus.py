"""Hostile and borderline payloads, each with the reasons it must be given, written by hand. Empty: it is accepted."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

NOW = datetime(2026, 11, 24, 12, 0, 0, 500_000, tzinfo=UTC)
NOW_MS = 1_795_521_600_500
VALID = {
    "event_id": "e1",
    "event_type": "purchase",
    "user_id": "u1",
    "product_id": "p1",
    "price": 12.5,
    "quantity": 2,
    "currency": "EUR",
    "ts": NOW_MS,
}
SECOND, DAY = 1_000, 86_400_000


@dataclass(frozen=True)
class Case:
    """A payload received at NOW, and its reasons."""

    name: str
    raw: bytes
    reasons: tuple[str, ...] = ()


def _with(**fields: object) -> bytes:
    return json.dumps(VALID | fields).encode()


def _raw(member: str, text: str) -> bytes:
    """The valid event with a member replaced by this very text."""
    marked = json.dumps(VALID | {member: "@@"})
    return marked.replace('"@@"', text).encode()


def _without(*names: str) -> bytes:
    return json.dumps({key: value for key, value in VALID.items() if key not in names}).encode()


def _plus(text: str) -> bytes:
    """The valid event with this text before its closing brace."""
    return json.dumps(VALID)[:-1].encode() + text.encode() + b"}"


def _padded(size: int) -> bytes:
    body = _with(pad="")
    return body.replace(b'"pad": ""', b'"pad": "' + b"x" * (size - len(body)) + b'"')


def _nested(levels: int) -> str:
    return "[" * levels + "]" * levels


CASES = [
    Case("valid", _with()),
    Case(
        "all optional fields", _with(order_id="o", session_id="s", country="DE", device="d", campaign="c", referrer="r", ua="u")
    ),
    Case("white space around", b" \t\r\n" + _with() + b" \n"),
    Case("exactly 64 KiB", _padded(65_536)),
    Case("one byte over 64 KiB", _padded(65_537), ("oversized",)),
    Case("10 MB", b'{"x":"' + b"y" * 10_000_000 + b'"}', ("oversized",)),
    Case("100,000 nested arrays", b"[" * 100_000, ("oversized",)),
    Case("invalid UTF-8", _with().replace(b"u1", b"u\xff"), ("invalid_utf8",)),
    Case("overlong UTF-8", _with().replace(b"u1", b"u\xc0\x80"), ("invalid_utf8",)),
    Case("truncated UTF-8", _with().replace(b"u1", b"u\xe2\x82"), ("invalid_utf8",)),
    Case("surrogate in UTF-8", _with().replace(b"u1", b"u\xed\xa0\x80"), ("invalid_utf8",)),
    Case("32 levels", _plus(',"x":' + _nested(31))),
    Case("33 levels", _plus(',"x":' + _nested(32)), ("too_deep",)),
    Case("60,000 nested arrays", b"[" * 30_000 + b"]" * 30_000, ("too_deep",)),
    Case("40 brackets never closed", b"[" * 40, ("too_deep",)),
    Case("brackets inside a string", _with(user_id="[" * 60)),
    Case("40 objects side by side", _plus(',"x":[' + ",".join(["{}"] * 40) + "]")),
    Case("empty", b"", ("malformed_json",)),
    Case("blank", b"  ", ("malformed_json",)),
    Case("erased", b"erased", ("erased",)),
    Case("erased and blank", b"erased ", ("malformed_json",)),
    Case("byte order mark", b"\xef\xbb\xbf" + _with(), ("malformed_json",)),
    Case("NaN price", _raw("price", "NaN"), ("malformed_json",)),
    Case("nan price", _raw("price", "nan"), ("malformed_json",)),
    Case("Infinity price", _raw("price", "Infinity"), ("malformed_json",)),
    Case("-Infinity quantity", _raw("quantity", "-Infinity"), ("malformed_json",)),
    Case("NaN in an unknown member", _plus(',"x":NaN'), ("malformed_json",)),
    Case("inf nested in an unknown member", _plus(',"x":{"y":[1,inf]}'), ("malformed_json",)),
    Case("the word finance in an unknown member", _plus(',"x":"finance, ]"')),
    Case("trailing comma", _plus(","), ("malformed_json",)),
    Case("trailing comma and space", _plus(" , "), ("malformed_json",)),
    Case("trailing comma in an array", _plus(',"x":[1, ]'), ("malformed_json",)),
    Case("space before the last brace", _plus("  ")),
    Case("comment", _with() + b"// c", ("malformed_json",)),
    Case("single quotes", b"{'event_id': 'x'}", ("malformed_json",)),
    Case("two documents", _with() + _with(), ("malformed_json",)),
    Case("lone surrogate", _raw("user_id", '"\\ud800"'), ("malformed_json",)),
    Case("lone surrogate in a key", _plus(',"\\udc00":1'), ("malformed_json",)),
    Case("lone surrogate nested", _plus(',"x":["\\ud83d"]'), ("malformed_json",)),
    Case("surrogate pair", _raw("user_id", '"\\ud83d\\ude00"')),
    Case("raw control character", _raw("user_id", '"a\tb"'), ("malformed_json",)),
    Case("raw NUL", _with() + b"\x00", ("malformed_json",)),
    Case("escaped NUL", _raw("user_id", '"a\\u0000b"')),
    Case("leading zero", _raw("quantity", "01"), ("malformed_json",)),
    Case("plus sign", _raw("price", "+1"), ("malformed_json",)),
    Case("null", b"null", ("not_an_object",)),
    Case("number", b"12", ("not_an_object",)),
    Case("string", b'"x"', ("not_an_object",)),
    Case("array of an event", b"[" + _with() + b"]", ("not_an_object",)),
    Case(
        "nothing there",
        b"{}",
        (
            "missing:event_id",
            "missing:event_type",
            "missing:user_id",
            "missing:product_id",
            "missing:price",
            "missing:quantity",
            "missing:currency",
            "missing:ts",
        ),
    ),
    Case("null is absent", _with(user_id=None), ("missing:user_id",)),
    Case("optional null is absent", _with(country=None)),
    Case("several at once", _with(price="1", quantity=0, currency="eur"), ("type:price", "range:quantity", "bad_currency")),
    Case("keys that differ by case", _without("price")[:-1] + b',"Price":1}', ("missing:price",)),
    Case("escaped key", _without("event_id")[:-1] + b',"\\u0065vent_id":"e9"}'),
    Case("first of equal keys counts", _plus(',"quantity":0')),
    Case("first of equal keys counts, bad", b'{"quantity":0,' + _with()[1:], ("range:quantity",)),
    Case("id empty", _with(event_id=""), ("length:event_id",)),
    Case("id of 128", _with(event_id="x" * 128)),
    Case("id of 129", _with(event_id="x" * 129), ("length:event_id",)),
    Case("id of 128 emoji", _with(event_id="\U0001f600" * 128)),
    Case("id a number", _with(event_id=7), ("type:event_id",)),
    Case("id an object", _with(event_id={"a": 1}), ("type:event_id",)),
    Case("user true", _with(user_id=True), ("type:user_id",)),
    Case("unknown type", _with(event_type="Purchase"), ("unknown_event_type",)),
    Case("type empty", _with(event_type=""), ("unknown_event_type",)),
    Case("price a string", _with(price="12.5"), ("type:price",)),
    Case("price true", _with(price=True), ("type:price",)),
    Case("price zero", _with(price=0)),
    Case("price minus zero", _raw("price", "-0.0")),
    Case("price negative", _with(price=-0.01), ("range:price",)),
    Case("price that rounds to zero from below", _raw("price", "-0.00001")),
    Case("price of half a ten-thousandth", _raw("price", "0.00005")),
    Case("price with an exponent", _raw("price", "1.25e2")),
    Case("price 1e400", _raw("price", "1e400"), ("range:price",)),
    Case("price 1e-400", _raw("price", "1e-400")),
    Case("price -1e400", _raw("price", "-1e400"), ("range:price",)),
    Case("largest price, 18 digits", _raw("price", "99999999999999.9999")),
    Case("price that rounds over the largest", _raw("price", "99999999999999.99995"), ("range:price",)),
    Case("price of 5,000 digits", _raw("price", "9" * 5000), ("range:price",)),
    Case("price of 5,000 decimals", _raw("price", "0." + "3" * 5000)),
    Case("quantity 1", _with(quantity=1)),
    Case("quantity 1,000,000", _with(quantity=1_000_000)),
    Case("quantity 1,000,001", _with(quantity=1_000_001), ("range:quantity",)),
    Case("quantity 0", _with(quantity=0), ("range:quantity",)),
    Case("quantity -1", _with(quantity=-1), ("range:quantity",)),
    Case("quantity 2^63", _with(quantity=2**63), ("range:quantity",)),
    Case("quantity 2^64", _with(quantity=2**64), ("range:quantity",)),
    Case("quantity of 5,000 digits", _raw("quantity", "9" * 5000), ("range:quantity",)),
    Case("quantity 1.0", _raw("quantity", "1.0"), ("type:quantity",)),
    Case("quantity 1e2", _raw("quantity", "1e2"), ("type:quantity",)),
    Case("quantity a string", _with(quantity="1"), ("type:quantity",)),
    Case("currency lower case", _with(currency="eur"), ("bad_currency",)),
    Case("currency of four", _with(currency="EURO"), ("bad_currency",)),
    Case("currency of two", _with(currency="EU"), ("bad_currency",)),
    Case("currency with an accent", _with(currency="ÉUR"), ("bad_currency",)),
    Case("currency with a line feed", _with(currency="EUR\n"), ("bad_currency",)),
    Case("ts ISO", _with(ts="2026-11-24T12:00:00Z")),
    Case("ts ISO with space and offset", _with(ts="2026-11-24 13:00:00.123+01:00")),
    Case("ts ISO offset without colon", _with(ts="2026-11-24T17:30:00+0530")),
    Case("ts ISO offset of hours", _with(ts="2026-11-24T10:00:00-02")),
    Case("ts ISO with nanoseconds", _with(ts="2026-11-24T12:00:00.123456789Z")),
    Case("ts ISO without seconds", _with(ts="2026-11-24T12:00Z")),
    Case("ts ISO without offset", _with(ts="2026-11-24T12:00:00"), ("bad_timestamp",)),
    Case("ts ISO date only", _with(ts="2026-11-24"), ("bad_timestamp",)),
    Case("ts ISO 24:00", _with(ts="2026-11-24T24:00:00Z"), ("bad_timestamp",)),
    Case("ts ISO leap second", _with(ts="2026-11-24T11:59:60Z"), ("bad_timestamp",)),
    Case("ts ISO 30 February", _with(ts="2026-02-30T12:00:00Z"), ("bad_timestamp",)),
    Case("ts ISO offset of 24 hours", _with(ts="2026-11-24T12:00:00+24:00"), ("bad_timestamp",)),
    Case("ts ISO offset of 61 minutes", _with(ts="2026-11-24T12:00:00+01:61"), ("bad_timestamp",)),
    Case("ts ISO lower case", _with(ts="2026-11-24t12:00:00z"), ("bad_timestamp",)),
    Case("ts ISO year 0", _with(ts="0000-01-01T00:00:00Z"), ("bad_timestamp",)),
    Case("ts ISO year 9999", _with(ts="9999-12-31T23:59:59Z"), ("future_timestamp",)),
    Case("ts ISO in year 10000 by its offset", _with(ts="9999-12-31T23:59:59-01:00"), ("bad_timestamp",)),
    Case("ts ISO in year 0 by its offset", _with(ts="0001-01-01T00:00:00+01:00"), ("bad_timestamp",)),
    Case("ts ISO with other digits", _with(ts="\uff12\uff10\uff12\uff16-11-24T12:00:00Z"), ("bad_timestamp",)),
    Case("ts words", _with(ts="yesterday"), ("bad_timestamp",)),
    Case("ts in seconds", _with(ts=NOW_MS // 1000), ("too_late",)),
    Case("ts in microseconds", _with(ts=NOW_MS * 1000), ("bad_timestamp",)),
    Case("ts in nanoseconds", _with(ts=NOW_MS * 1_000_000), ("bad_timestamp",)),
    Case("ts 2^63", _with(ts=2**63), ("bad_timestamp",)),
    Case("ts 2^64", _with(ts=2**64), ("bad_timestamp",)),
    Case("ts -2^63", _with(ts=-(2**63)), ("bad_timestamp",)),
    Case("ts before 1970", _with(ts=-1), ("too_late",)),
    Case("ts in the last minute but one that there is", _with(ts="9999-12-31T23:58:59Z"), ("future_timestamp",)),
    Case("ts of year 9999", _with(ts=253_402_300_799_999), ("future_timestamp",)),
    Case("ts of year 10000", _with(ts=253_402_300_800_000), ("bad_timestamp",)),
    Case("ts a fraction", _raw("ts", f"{NOW_MS}.5"), ("type:ts",)),
    Case("ts with an exponent", _raw("ts", "1.7e12"), ("type:ts",)),
    Case("ts an array", _with(ts=[NOW_MS]), ("type:ts",)),
    Case("ts 5 min ahead", _with(ts=NOW_MS + 300 * SECOND)),
    Case("ts 5 min and 1 ms ahead", _with(ts=NOW_MS + 300 * SECOND + 1), ("future_timestamp",)),
    Case("ts 7 days back", _with(ts=NOW_MS - 7 * DAY)),
    Case("ts 7 days and 1 ms back", _with(ts=NOW_MS - 7 * DAY - 1), ("too_late",)),
    Case("late by exactly the watermark", _with(ts=NOW_MS - 15 * SECOND)),
    Case("late by more", _with(ts=NOW_MS - 15 * SECOND - 1)),
    Case("optional of 512", _with(country="x" * 512)),
    Case("optional of 513", _with(country="x" * 513), ("length:country",)),
    Case("optional empty", _with(campaign="")),
    Case("optional a number", _with(order_id=5), ("type:order_id",)),
    Case("ua of 1,024", _with(ua="x" * 1024)),
    Case("ua of 1,025", _with(ua="x" * 1025), ("length:ua",)),
    Case("extras of all kinds", _with(**{"a/b": 1, "c~d": [1, {"x": None}], 'q"q': "v", "": True, "n": None})),
]


def received(days_ago: float = 0) -> datetime:
    return NOW - timedelta(days=days_ago)
