"""Posted bodies: what is acknowledged is in bronze byte for byte, and what is refused is not there at all."""

from __future__ import annotations

import gzip
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from api.conftest import NOW
from api.serving import NDJSON, Site, site_on
from api.test_every_read import is_problem
from corpus import CASES
from rtlakehouse.api.events.gateway import Gateway

GZIP = {"Content-Encoding": "gzip"}
EVENT = b'{"event_id":"e1","event_type":"page_view"}'
MIB = 1 << 20


@dataclass(frozen=True)
class Body:
    """A body and the records it holds, in order."""

    name: str
    content: bytes
    records: list[bytes]
    headers: dict[str, str] = field(default_factory=dict)


NESTED = b"[" * 99_999 + b"]" * 99_999
BODIES = [
    Body("one object", EVENT, [EVENT]),
    Body("an object as it is written", b'{ "a" :\t1.50,\r\n "b": [ ] }', [b'{ "a" :\t1.50,\r\n "b": [ ] }']),
    Body("space around an object", b" \r\n\t" + EVENT + b"\n ", [EVENT]),
    Body("an array", b"[" + EVENT + b" , \n" + EVENT + b"]", [EVENT, EVENT]),
    Body("an array of what is no event", b'[1, "x", null, [2], {}]', [b"1", b'"x"', b"null", b"[2]", b"{}"]),
    Body("one number", b"12", [b"12"]),
    Body("one string", b'"x"', [b'"x"']),
    Body("null", b"null", [b"null"]),
    Body("1e400", b'{"price":1e400}', [b'{"price":1e400}']),
    Body("2^64", b'{"quantity":18446744073709551616}', [b'{"quantity":18446744073709551616}']),
    Body("a number of 5,000 digits", b'{"ts":' + b"9" * 5_000 + b"}", [b'{"ts":' + b"9" * 5_000 + b"}"]),
    Body("an escaped NUL", b'{"user_id":"\\u0000"}', [b'{"user_id":"\\u0000"}']),
    Body("equal keys", b'{"a":1,"a":2}', [b'{"a":1,"a":2}']),
    Body("bytes that are no UTF-8", b'[{"a":"\xff"},{"b":"\xed\xa0\x80"}]', [b'{"a":"\xff"}', b'{"b":"\xed\xa0\x80"}']),
    Body("half a character", b'{"user_id":"\\ud800"}', [b'{"user_id":"\\ud800"}']),
    Body("half a character in a name", b'[{"\\uDC00":1}, 1, 11]', [b'{"\\uDC00":1}', b"1", b"11"]),
    Body("a backslash before what only looks like one", b'["\\\\ud800", "\\ud83d"]', [b'"\\\\ud800"', b'"\\ud83d"']),
    Body("100,000 nested arrays", b"[" + NESTED + b"]", [NESTED]),
    Body("100,000 nested arrays beside an event", b"[" + NESTED + b"," + EVENT + b"]", [NESTED, EVENT]),
    Body("deeply nested, with half a character", b'[[{"a":"\\ud800"},' + NESTED + b"]]", [b'[{"a":"\\ud800"},' + NESTED + b"]"]),
    Body("lines", EVENT + b"\n" + EVENT, [EVENT, EVENT], NDJSON),
    Body("lines that end as on Windows", EVENT + b"\r\n\r\n" + EVENT + b"\r\n", [EVENT, EVENT], NDJSON),
    Body("lines that are no JSON", b"NaN\n\x00\n\xff\xfe\n{\n  \n", [b"NaN", b"\x00", b"\xff\xfe", b"{", b"  "], NDJSON),
    Body("an array on a line is one record", b"[1,2]\n", [b"[1,2]"], NDJSON),
    Body("lines by another name", b"1\n2", [b"1", b"2"], {"Content-Type": "application/jsonl; charset=utf-8"}),
    Body("gzip", gzip.compress(EVENT), [EVENT], GZIP),
    Body("gzip of lines", gzip.compress(b"1\n2\n"), [b"1", b"2"], GZIP | NDJSON),
    Body("gzip in several members", gzip.compress(b"[1,") + gzip.compress(b"2]"), [b"1", b"2"], GZIP),
    Body("gzip by its name in capitals", gzip.compress(EVENT), [EVENT], {"Content-Encoding": " GZip "}),
]


@pytest.fixture(scope="module")
def taking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """An API that all tests of this file post to."""
    with site_on(tmp_path_factory.mktemp("posting") / "lake", NOW) as site:
        yield site


def in_bronze(site: Site) -> list[bytes]:
    """Every record, by position."""
    rows = site.lake.read("bronze.events").sort_by("position")
    assert rows["position"].to_pylist() == list(range(len(rows)))
    raw: list[bytes] = rows["raw"].to_pylist()
    return raw


@contextmanager
def storing(site: Site, *records: bytes) -> Iterator[list[str]]:
    """The block stores these records and nothing else. The receipts they must get."""
    assert isinstance(site.parts.gateway, Gateway)
    first, version = site.parts.gateway.next_position, site.lake.version("bronze.events")
    yield [f"http-0-{first + i}" for i in range(len(records))]
    if records:
        assert in_bronze(site)[first:] == list(records)
    else:
        assert site.lake.version("bronze.events") == version


async def chunked(*chunks: bytes) -> AsyncIterator[bytes]:
    """A body that does not say how long it is."""
    for chunk in chunks:
        yield chunk


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body.name)
def test_what_is_acknowledged_is_in_bronze_byte_for_byte(taking: Site, body: Body) -> None:
    with storing(taking, *body.records) as receipts:
        answer = taking.client.post("/api/v1/events", content=body.content, headers=body.headers)
        assert answer.status_code == 202, answer.text
        assert answer.json() == {"received": len(body.records), "receipts": receipts}


def test_an_event_of_10_mb_is_kept_whole_in_quarantine(fresh: Site) -> None:
    event = b'{"x":"' + b"y" * 10_000_000 + b'"}'
    with storing(fresh, event):
        assert fresh.client.post("/api/v1/events", content=event).status_code == 202
    fresh.refine()
    assert fresh.get("/events/receipts/http-0-0")["reasons"] == ["oversized"]
    assert fresh.lake.read("silver.quarantine")["raw"].to_pylist() == [event]


def test_one_bad_event_does_not_keep_a_large_batch_out(fresh: Site) -> None:
    events = [EVENT] * 40_000 + [b'{"user_id":"\\udfff"}', EVENT]
    with storing(fresh, *events):
        answer = fresh.client.post("/api/v1/events", content=b"[" + b",".join(events) + b"]")
        assert answer.status_code == 202, answer.text


def test_a_large_body_that_is_nested_too_deeply_says_how_to_send_it(fresh: Site) -> None:
    deep = b"[" * (2 * MIB) + b"]" * (2 * MIB)
    with storing(fresh):
        assert "NDJSON" in is_problem(fresh.client.post("/api/v1/events", content=deep), 400)["detail"]
    with storing(fresh, deep):
        assert fresh.client.post("/api/v1/events", content=deep, headers=NDJSON).status_code == 202


def test_each_record_of_the_corpus_is_stored_as_it_came_and_judged_as_the_contract_says(fresh: Site) -> None:
    lines = [case for case in CASES if case.raw.strip(b"\r") and b"\n" not in case.raw]
    fresh.post(*(case.raw for case in lines))
    assert in_bronze(fresh) == [case.raw for case in lines]
    fresh.refine()
    balance = fresh.get("/ledger/balance")
    assert (balance["received"], balance["difference"]) == (len(lines), 0)


NOT_JSON = [
    b"NaN",
    b'{"a":NaN}',
    b"[1,Infinity]",
    b'{"a":"\x00"}',
    b"\x00",
    b"[1,2",
    b"{}{}",
    b"[1,]",
    b"{'a':1}",
    b"\xef\xbb\xbf{}",
]
NOT_JSON += [b"[" * 100_000, b'["\\ud800"', b'"\\uD8', b"hello", b"{}\x0c", b"[" * 99_999 + b"1," + b"]" * 99_999]


@pytest.mark.parametrize("content", NOT_JSON, ids=lambda content: repr(content[:20]))
def test_what_is_no_json_as_a_whole_is_refused_and_not_stored(taking: Site, content: bytes) -> None:
    with storing(taking):
        detail = is_problem(taking.client.post("/api/v1/events", content=content), 400)["detail"]
    assert "NDJSON" in detail
    assert detail.endswith("Nothing of it was stored.")


EMPTY: list[tuple[bytes, dict[str, str]]] = [
    (b"", {}),
    (b" \n", {}),
    (b"[]", {}),
    (b"[ ]", {}),
    (gzip.compress(b"", mtime=0), GZIP),
]
EMPTY += [(b"", NDJSON), (b"\n\r\n", NDJSON), (gzip.compress(b"", mtime=0), GZIP | NDJSON)]


@pytest.mark.parametrize(("content", "headers"), EMPTY)
@pytest.mark.parametrize("path", ["/events", "/events/validate"])
def test_a_body_without_an_event_is_refused(taking: Site, content: bytes, headers: dict[str, str], path: str) -> None:
    with storing(taking):
        found = is_problem(taking.client.post(f"/api/v1{path}", content=content, headers=headers), 400)
    assert "holds no event" in found["detail"]


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/x-www-form-urlencoded", "nonsense", ";;"])
def test_json_is_taken_for_json_whatever_it_is_called(taking: Site, kind: str) -> None:
    answer = taking.client.post("/api/v1/events", content=b"[1,2]", headers={"Content-Type": kind})
    assert answer.json()["received"] == 2


@pytest.mark.parametrize("charset", ["utf-8", "UTF8", '"utf-8"', "us-ascii"])
def test_utf_8_by_any_of_its_names_is_taken(taking: Site, charset: str) -> None:
    kind = {"Content-Type": f"application/json; charset={charset}"}
    assert taking.client.post("/api/v1/events", content=EVENT, headers=kind).status_code == 202


@pytest.mark.parametrize("charset", ["utf-16", "iso-8859-1", "klingon", ""])
@pytest.mark.parametrize("path", ["/events", "/events/validate"])
def test_another_charset_is_a_415(taking: Site, charset: str, path: str) -> None:
    kind = {"Content-Type": f"application/json; charset={charset}"}
    with storing(taking):
        found = is_problem(taking.client.post(f"/api/v1{path}", content='{"a":"ä"}'.encode("utf-16"), headers=kind), 415)
    assert "Send UTF-8" in found["detail"]


@pytest.mark.parametrize("coding", ["br", "deflate", "gzip, gzip", "zstd"])
def test_another_coding_is_a_415_that_says_which_are_taken(taking: Site, coding: str) -> None:
    answer = taking.client.post("/api/v1/events", content=EVENT, headers={"Content-Encoding": coding})
    assert "gzip" in is_problem(answer, 415)["detail"]
    assert answer.headers["accept-encoding"] == "gzip, identity"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (EVENT, "not gzip"),
        (gzip.compress(EVENT, mtime=0)[:-3], "ends too early"),
        (gzip.compress(EVENT, mtime=0) + b"more", "not gzip"),
        (gzip.compress(EVENT, mtime=0)[:-8] + bytes(8), "not gzip"),
        (gzip.compress(b"", mtime=0) * 10_001, "members"),
    ],
)
def test_a_broken_gzip_body_is_refused_and_not_stored(taking: Site, content: bytes, says: str) -> None:
    with storing(taking):
        answer = taking.client.post("/api/v1/events", content=content, headers=GZIP)
        assert says in is_problem(answer, 400)["detail"]


def test_a_gzip_bomb_is_stopped_at_the_limit(taking: Site) -> None:
    """A gigabyte of blanks in a megabyte."""
    bomb = b"".join([gzip.compress(bytes(MIB) * 64)] * 16)
    assert len(bomb) < 2 * MIB
    with storing(taking):
        found = is_problem(taking.client.post("/api/v1/events", content=bomb, headers=GZIP), 413)
    assert "smaller batches" in found["detail"]


@pytest.mark.parametrize("size", [MIB, MIB + 1])
def test_the_limit_of_a_body_is_exact(small: Site, size: int) -> None:
    content = b'"' + b"x" * (size - 2) + b'"'
    packed = gzip.compress(content)
    wanted = 202 if size == MIB else 413
    assert small.client.post("/api/v1/events", content=content).status_code == wanted
    assert small.client.post("/api/v1/events", content=packed, headers=GZIP).status_code == wanted
    assert small.client.post("/api/v1/events", content=chunked(content[:10], content[10:])).status_code == wanted
    assert len(in_bronze(small)) == (3 if wanted == 202 else 0)


@pytest.mark.parametrize("size", [1_000, 1_001])
def test_a_thousand_events_are_validated_at_once_and_no_more(taking: Site, size: int) -> None:
    answer = taking.client.post("/api/v1/events/validate", content=b"1\n" * size, headers=NDJSON)
    if size > 1_000:
        assert "in parts" in is_problem(answer, 400)["detail"]
    else:
        assert len(answer.json()["results"]) == size


def test_a_dry_run_says_what_would_become_of_each_event_and_stores_none(taking: Site) -> None:
    ts = round(taking.clock.now().timestamp() * 1000)
    good = (
        f'{{"event_id":"e","event_type":"purchase","user_id":"u","product_id":"p","price":1.5,"quantity":2,"currency":"EUR",'
        f'"ts":{ts - 20_000},"more":1}}'
    ).encode()
    lines = b"\n".join([good, b"broken", b'{"price":"1"}'])
    with storing(taking):
        answer = taking.client.post("/api/v1/events/validate", content=lines, headers=NDJSON)
    first, second, third = answer.json()["results"]
    assert first["accepted"]
    assert first["event"]["price"] == "1.5000"
    assert first["event"]["is_late"] is True
    assert json.loads(first["event"]["extras"]) == {"more": 1}
    assert second == {"accepted": False, "reasons": ["malformed_json"], "event": None}
    assert third["reasons"][0] == "missing:event_id"
    assert "type:price" in third["reasons"]
