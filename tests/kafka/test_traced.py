"""A post that goes through Kafka is followed to gold, over three processes and a broker."""

from __future__ import annotations

from typing import Any

from e2e.stack import event
from faults.gateways import Gateway
from faults.loads import start_engine
from faults.programs import Programs, until
from kafka.broker import Broker
from kafka.consuming import start_consumer
from otlp import Receiver, receiver
from rtlakehouse.storage.lake import Lake

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def is_whole(came: Receiver) -> bool:
    """Whether every span of the way came, each within the one that led to it."""
    shown = came.trace_of(TRACE)
    return (
        shown.get("") == ["POST /api/v1/events"]
        and shown.get("POST /api/v1/events") == ["produce"]
        and sorted(shown.get("produce", [])) == ["batch", "topic commit"]
        and shown.get("batch") == ["refine", "dedupe", "silver", "gold", "ledger"]
    )


def test_the_trace_of_a_post_shows_its_event_from_the_request_over_the_topic_to_gold(
    broker: Broker, topic: str, programs: Programs, lake: Lake
) -> None:
    with receiver() as came:
        traced: dict[str, Any] = {"otlp_endpoint": came.endpoint, "OTEL_BSP_SCHEDULE_DELAY": 100}
        gateway = Gateway.start(programs, lake.root, {"source": "kafka", "kafka": broker.address, "kafka_topic": topic, **traced})
        start_consumer(programs, lake.root, broker, topic, settings=traced)
        start_engine(programs, lake.root, traced)
        until(lambda: gateway.get("/health/ready").status_code == 200, "Kafka is never reached")
        headers = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}
        assert gateway.client.post("/events", content=event("1"), headers=headers).status_code == 202
        until(lambda: is_whole(came), f"the trace is {came.trace_of(TRACE)}")
        services = {span.name: span.service for span in came.spans if span.trace_id == TRACE}
    assert services["POST /api/v1/events"] == "rtlakehouse-api"
    assert services["topic commit"] == "rtlakehouse-source"
    assert services["batch"] == "rtlakehouse-engine"
