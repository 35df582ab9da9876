"""Messages in the shape of bronze: in order, byte for byte, with their tenant, key, headers and time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from confluent_kafka import TIMESTAMP_CREATE_TIME, TIMESTAMP_NOT_AVAILABLE, Message

from rtlakehouse.ingest.kafka_records import rows_of
from rtlakehouse.medallion.bronze import EVENTS

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def message(partition: int = 0, offset: int = 0, **given: Any) -> Message:
    """One as a broker gives it."""
    stamp = given.pop("timestamp", (TIMESTAMP_CREATE_TIME, 1_795_521_600_500))
    return Message(topic="events", partition=partition, offset=offset, timestamp=stamp, **given)


def row(**given: Any) -> dict[str, Any]:
    (found,) = EVENTS.conform(rows_of([message(**given)], "events", NOW)).to_pylist()
    return dict(found)


def test_rows_are_by_partition_and_in_the_order_of_each() -> None:
    places = [(2, 5), (0, 9), (2, 6), (1, 0), (0, 12)]
    rows = rows_of([message(p, o, value=b"%d-%d" % (p, o)) for p, o in places], "s", NOW)
    found = list(zip(rows["partition"].to_pylist(), rows["position"].to_pylist(), rows["raw"].to_pylist(), strict=True))
    assert found == [(p, o, b"%d-%d" % (p, o)) for p, o in sorted(places)]
    assert set(rows["topic"].to_pylist()) == {"s"}


def test_a_record_keeps_its_bytes_key_and_time() -> None:
    found = row(value=b"\xff\x00{", key=b"\x80u", offset=3)
    assert (found["raw"], found["key"], found["position"]) == (b"\xff\x00{", b"\x80u", 3)
    assert found["received_at"] == datetime(2026, 11, 24, 12, 0, 0, 500_000, tzinfo=UTC)
    assert (found["ingested_at"], found["source"], found["headers"], found["tenant_id"]) == (NOW, "kafka", None, "default")


def test_a_record_without_value_key_and_time_is_an_empty_one() -> None:
    found = row(value=None, key=None, timestamp=(TIMESTAMP_NOT_AVAILABLE, -1))
    assert (found["raw"], found["key"], found["received_at"]) == (b"", None, None)


@pytest.mark.parametrize(
    ("headers", "tenant", "text"),
    [
        ([], "default", None),
        ([("tenant", b"acme")], "acme", '{"tenant":"acme"}'),
        ([("tenant", b"a"), ("tenant", b"b")], "b", '{"tenant":"b"}'),
        ([("Tenant", b"acme")], "default", '{"Tenant":"acme"}'),
        ([("tenant", b"No Tenant!")], "default", '{"tenant":"No Tenant!"}'),
        ([("tenant", b"acme\n")], "default", '{"tenant":"acme\\n"}'),
        ([("tenant", None)], "default", '{"tenant":null}'),
        ([("trace", b"\xff"), ("tenant", b"acme")], "acme", '{"trace":"\ufffd","tenant":"acme"}'),
    ],
)
def test_the_tenant_is_what_its_header_says_where_that_is_a_name(
    headers: list[tuple[str, bytes | None]], tenant: str, text: str | None
) -> None:
    found = row(value=b"{}", headers=headers)
    assert (found["tenant_id"], found["headers"]) == (tenant, text)


def test_each_message_has_its_own_headers() -> None:
    named = [None, "acme", "zeta", None, "acme"]
    rows = rows_of([message(0, i, headers=[("tenant", n.encode())] if n else []) for i, n in enumerate(named)], "s", NOW)
    assert rows["tenant_id"].to_pylist() == [n or "default" for n in named]
