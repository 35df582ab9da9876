"""Receipts: what became of a posted record, as soon as it is decided, and for ever after."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import httpx
import pytest

from api.conftest import NOW
from api.serving import Site, rfc3339, site_on, until
from api.test_every_read import is_problem
from oracle import Expected
from running import drain

URL = "/api/v1/events/receipts"
MINUTE_US = 60_000_000


def view(name: str, age: timedelta = timedelta()) -> bytes:
    at = round((NOW - age).timestamp() * 1000)
    return (
        f'{{"event_id":"{name}","event_type":"page_view","user_id":"u","product_id":"p","price":1,"quantity":1,'
        f'"currency":"EUR","ts":{at}}}'
    ).encode()


def test_every_record_has_the_fate_that_the_oracle_gives_it(site: Site, expected: Expected) -> None:
    places = [place for part in (expected.silver, expected.duplicates, expected.quarantine) for place in part]
    own = sorted(place[4] for place in places if place[:2] == ("default", "http"))
    assert own == list(range(len(own)))
    for position in own[::23]:
        place = ("default", "http", "events", 0, position)
        found = site.get(f"/events/receipts/http-0-{position}")
        assert (found["id"], found["position"]) == (f"http-0-{position}", position)
        assert found["versions"]["gold.kpis_1m"] >= 0
        if event := expected.silver.get(place):
            start = event["event_us"] - event["event_us"] % MINUTE_US
            wanted = {"fate": "accepted", "event_id": event["event_id"], "late": event["is_late"], "window": rfc3339(start)}
        elif duplicate := expected.duplicates.get(place):
            kept = "/".join(map(str, duplicate["kept"]))
            wanted = {"fate": "duplicate", "event_id": duplicate["event_id"], "duplicate_of": kept}
        else:
            wanted = {"fate": "quarantined", "reasons": expected.quarantine[place]["reasons"]}
        assert {name: found[name] for name in wanted} == wanted


def test_a_receipt_is_pending_until_the_batch_is_done(fresh: Site) -> None:
    (receipt,) = fresh.post(view("a"))
    pending = fresh.get(f"/events/receipts/{receipt}")
    assert (pending["fate"], pending["window"], pending["versions"]) == ("pending", None, {})
    fresh.refine()
    assert fresh.get(f"/events/receipts/{receipt}")["fate"] == "accepted"


def test_waiting_for_gold_answers_when_the_event_can_be_read_there(fresh: Site) -> None:
    receipts = fresh.post(view("a"), view("a"), b"broken", view("b", age=timedelta(minutes=3)))

    async def waited() -> list[httpx.Response]:
        parameters: dict[str, str | int] = {"wait": "gold", "timeout_ms": 30_000}
        waiting = [asyncio.ensure_future(fresh.client.http.get(f"{URL}/{receipt}", params=parameters)) for receipt in receipts]
        await asyncio.to_thread(drain, fresh.engine)
        return list(await asyncio.gather(*waiting))

    answers = [answer.json() for answer in fresh.client.run(waited())]
    assert [answer["fate"] for answer in answers] == ["accepted", "duplicate", "quarantined", "accepted"]
    assert answers[1]["duplicate_of"] == "http/events/0/0"
    assert answers[2]["reasons"] == ["malformed_json"]
    assert answers[3]["late"] is True
    for answer in (answers[0], answers[3]):
        window = fresh.get(
            f"/windows/{answer['window']}", as_of=f"gold.kpis_1m={answer['versions']['gold.kpis_1m']},gold.revenue_1m=0"
        )
        assert window["events"] == 1


def test_many_may_wait_while_others_are_answered(fresh: Site) -> None:
    """More than there are threads for reads."""
    receipts = fresh.post(*(view(f"e{i}") for i in range(120)))

    async def waited() -> tuple[httpx.Response, list[httpx.Response]]:
        waiting = [
            asyncio.ensure_future(fresh.client.http.get(f"{URL}/{receipt}", params={"wait": "gold"})) for receipt in receipts
        ]
        between = await fresh.client.http.get("/api/v1/kpis/latest")
        await asyncio.to_thread(drain, fresh.engine)
        return between, list(await asyncio.gather(*waiting))

    between, answers = fresh.client.run(waited())
    assert between.json()["window"] is None
    assert {answer.json()["fate"] for answer in answers} == {"accepted"}


def test_who_waits_too_long_is_told_that_it_is_pending(fresh: Site) -> None:
    (receipt,) = fresh.post(view("a"))
    assert fresh.get(f"/events/receipts/{receipt}", wait="gold", timeout_ms=1)["fate"] == "pending"


def test_a_receipt_given_by_another_process_is_known(fresh: Site) -> None:
    """An API that takes no posts itself looks into bronze."""
    (receipt,) = fresh.post(view("a"))
    with site_on(fresh.lake.root, NOW) as second:
        assert second.parts.gateway is None
        assert second.get(f"/events/receipts/{receipt}")["fate"] == "pending"
        is_problem(second.client.get(f"{URL}/http-0-1"), 404)
        fresh.refine()
        until(lambda: second.get(f"/events/receipts/{receipt}")["fate"] == "accepted", "the second API shows the batch")


@pytest.mark.parametrize("wait", ["silver", "", "true"])
def test_only_gold_can_be_waited_for(site: Site, wait: str) -> None:
    assert "gold" in is_problem(site.client.get(f"{URL}/http-0-1", params={"wait": wait}), 422)["detail"]


def test_an_accepted_event_is_found_by_its_id_with_where_it_came_from(fresh: Site) -> None:
    fresh.post(b"broken", view("a"))
    is_problem(fresh.client.get("/api/v1/events/a"), 404)
    fresh.refine()
    event = fresh.get("/events/a")["event"]
    assert (event["source"], event["topic"], event["partition"], event["position"]) == ("http", "events", 0, 1)
    assert event["price"] == "1.0000"
    assert event["lateness_ms"] == 0
