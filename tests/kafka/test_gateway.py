"""Posts where the source is Kafka: acknowledged once Kafka has them, and their receipts are places of its topic."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from corpus import VALID
from faults.gateways import Gateway
from faults.loads import assert_right, shop, start_engine
from faults.programs import Programs, until
from kafka.broker import Broker
from kafka.consuming import rows, start_consumer, stored
from rtlakehouse.kafka.producer import key_of
from rtlakehouse.storage.lake import Lake
from shapes import as_json

NDJSON = "application/x-ndjson"
Started = Callable[..., Gateway]


@pytest.fixture
def api(broker: Broker, topic: str, programs: Programs, lake: Lake) -> Gateway:
    """`rtl api` that produces to the topic."""
    return started(programs, lake, broker.address, topic)


def started(programs: Programs, lake: Lake, address: str, topic: str) -> Gateway:
    return Gateway.start(programs, lake.root, {"source": "kafka", "kafka": address, "kafka_topic": topic})


def receipts(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 202, answer.text
    found: list[str] = answer.json()["receipts"]
    return found


def part(api: Gateway, name: str) -> dict[str, Any]:
    return next(dict(part) for part in api.get("/health").json()["parts"] if part["name"] == name)


def test_each_receipt_is_the_place_of_its_event_and_tells_its_fate(
    api: Gateway, broker: Broker, topic: str, programs: Programs, lake: Lake
) -> None:
    sent, _ = shop(seed=31, count=100)
    until(lambda: api.get("/health/ready").status_code == 200, "Kafka is never reached")
    given = receipts(api.post(b"\n".join(sent), NDJSON))
    assert len(set(given)) == 100
    assert api.get(f"/events/receipts/{given[0]}").json()["fate"] == "pending"
    start_consumer(programs, lake.root, broker, topic)
    engine = start_engine(programs, lake.root)
    fates = [api.get(f"/events/receipts/{receipt}", wait="gold", timeout_ms=20_000).json() for receipt in given]
    assert {fate["fate"] for fate in fates} <= {"accepted", "duplicate", "quarantined"}
    at = {f"kafka-{row['topic']}-{row['partition']}-{row['position']}": row for row in rows(lake)}
    assert [at[receipt]["raw"] for receipt in given] == sent
    assert [at[receipt]["key"] for receipt in given] == [key_of(record) for record in sent]
    assert {row["headers"] for row in at.values()} == {'{"tenant":"default","schema_version":"1"}'}
    engine.stop()
    assert_right(lake)


def test_posts_with_one_key_are_produced_once(api: Gateway, broker: Broker, topic: str, programs: Programs, lake: Lake) -> None:
    until(lambda: api.get("/health/ready").status_code == 200, "Kafka is never reached")
    headers = {"Content-Type": NDJSON, "Idempotency-Key": "k1"}
    first, again = (api.client.post("/events", content=as_json(**VALID), headers=headers) for _ in range(2))
    assert receipts(first) == receipts(again)
    assert api.client.post("/events", content=b"{}", headers=headers).status_code == 422
    start_consumer(programs, lake.root, broker, topic)
    until(lambda: stored(lake) == 1, "it does not come")


@pytest.mark.parametrize(
    "receipt", ["kafka-TOPIC-0-0", "kafka-TOPIC-9-1", "kafka-other-0-0", "kafka-TOPIC-0", "kafka--0-0", "http-1-0"]
)
def test_what_is_no_receipt_is_not_found(receipt: str, api: Gateway, topic: str) -> None:
    answer = api.get(f"/events/receipts/{receipt.replace('TOPIC', topic)}")
    assert answer.status_code == 404
    assert "POST /api/v1/events gives them" in answer.json()["detail"]


def test_an_event_that_is_too_large_for_the_brokers_is_refused_as_too_large(
    broker: Broker, name: str, programs: Programs, lake: Lake
) -> None:
    broker.make(name, max_message_bytes="100000")
    api = started(programs, lake, broker.address, name)
    until(lambda: api.get("/health/ready").status_code == 200, "Kafka is never reached")
    answer = api.post(json.dumps({"x": "y" * 200_000}).encode())
    assert answer.status_code == 413
    assert "max.message.bytes" in answer.json()["detail"] or "message.max.bytes" in answer.json()["detail"]


def test_without_kafka_posts_are_refused_and_health_says_why(programs: Programs, lake: Lake) -> None:
    api = started(programs, lake, "127.0.0.1:1", "events")
    assert api.get("/health/ready").status_code == 503
    answer = api.post(as_json(**VALID))
    assert answer.status_code == 503
    assert "Nothing was acknowledged" in answer.json()["detail"]
    assert part(api, "gateway")["status"] == "down"
    assert part(api, "source") == {
        "name": "source",
        "status": "down",
        "why": "No consumer reads Kafka; start one with `rtl consume` or `rtl up`.",
    }


def test_health_and_metrics_tell_the_lag(api: Gateway, broker: Broker, topic: str, programs: Programs, lake: Lake) -> None:
    until(lambda: api.get("/health/ready").status_code == 200, "Kafka is never reached")
    held = {"kafka_ahead_events": 1, "kafka_batch_events": 10}
    start_consumer(programs, lake.root, broker, topic, settings=held)
    sent, _ = shop(seed=32, count=50)
    receipts(api.post(b"\n".join(sent), NDJSON))
    until(
        lambda: stored(lake) and part(api, "source")["why"] == f"{50 - stored(lake)} records of Kafka are not in bronze yet.",
        "no lag",
    )
    metrics = httpx.get(f"{api.address}/metrics", trust_env=False).text
    lags = re.findall(rf'rtl_source_lag_records{{partition="\d",topic="{topic}"}} (\d+)\.0', metrics)
    assert sum(map(int, lags)) == 50 - stored(lake)
    assert part(api, "source")["status"] == "ok"
