"""The API as the tests run it: in this process on a lake with an engine beside it, or as a server with real sockets."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import httpx
from fastapi import FastAPI

import oracle
from rtlakehouse.api.app import create_app
from rtlakehouse.api.deps import Parts
from rtlakehouse.clock import ManualClock, SystemClock
from rtlakehouse.control import Keys, Role
from rtlakehouse.engines.embedded.engine import EmbeddedEngine
from rtlakehouse.settings import Settings
from rtlakehouse.simulate.dirt import Dirt, Records
from rtlakehouse.simulate.model import ShopModel, Shoppers
from rtlakehouse.storage.lake import Lake
from running import append, drain, engine_on

DEADLINE_S = 20.0
DIRT = Dirt(malformed=0.04, duplicates=0.05, late=0.05, out_of_order=0.05, late_by_s=1_000)
NDJSON = {"Content-Type": "application/x-ndjson"}


def until(condition: Callable[[], Any], what: str, deadline_s: float = DEADLINE_S) -> Any:
    """What `condition` says, as soon as it is true; fails when that takes longer than the deadline."""
    end = time.monotonic() + deadline_s
    while not (found := condition()):
        assert time.monotonic() < end, f"after {deadline_s} s still not: {what}"
        time.sleep(0.005)
    return found


T = TypeVar("T")


class _Posting(httpx.Auth):
    """Sends a key with what changes something, where the request has none; `auth=None` leaves a request as it is."""

    key = ""

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if request.method not in ("GET", "HEAD") and "authorization" not in request.headers:
            request.headers["Authorization"] = f"Bearer {self.key}"
        yield request


class Client:
    """Speaks to an application in this process, whose event loop has a thread of its own. Any thread may use it."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, name="client")
        self._thread.start()
        self._lifespan = app.router.lifespan_context(app)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        self._posting = _Posting()
        self.http = httpx.AsyncClient(transport=transport, base_url="http://rtl.test", timeout=DEADLINE_S, auth=self._posting)

    def __enter__(self) -> Client:
        self.run(self._lifespan.__aenter__())
        parts: Parts = self._app.state.parts
        self._posting.key = Keys(parts.store, SystemClock()).create("default", Role.ADMIN)[1]
        return self

    def __exit__(self, *error: object) -> None:
        self.run(self._lifespan.__aexit__(None, None, None))
        self.run(self.http.aclose())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run it on the application's loop."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(3 * DEADLINE_S)

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        return self.run(self.http.request(method, path, **more))

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.request("GET", path, **more)

    def post(self, path: str, **more: Any) -> httpx.Response:
        return self.request("POST", path, **more)


@dataclass
class Site:
    """An API in this process, its client, the clock it lives by, and an engine that works when told to."""

    app: FastAPI
    client: Client
    clock: ManualClock
    lake: Lake
    engine: EmbeddedEngine

    @property
    def parts(self) -> Parts:
        parts: Parts = self.app.state.parts
        return parts

    def post(self, *events: bytes, **headers: str) -> list[str]:
        """Post these records as NDJSON; their receipts."""
        answer = self.client.post("/api/v1/events", content=b"\n".join(events), headers=NDJSON | headers)
        assert answer.status_code == 202, answer.text
        receipts: list[str] = answer.json()["receipts"]
        return receipts

    def key(self, role: Role = Role.ADMIN, tenant_id: str = "default") -> dict[str, str]:
        """Headers with a new key."""
        return {"Authorization": f"Bearer {self.key_text(role, tenant_id)}"}

    def key_text(self, role: Role = Role.ADMIN, tenant_id: str = "default") -> str:
        """A new key."""
        return Keys(self.parts.store, self.clock).create(tenant_id, role)[1]

    def refine(self) -> None:
        """Take all of bronze to gold, and wait until the API shows it."""
        drain(self.engine)
        self.seen()

    def seen(self) -> None:
        """Wait until the API shows all that the ledger has."""
        done = self.engine.done
        until(lambda: self.parts.catalog.latest.processed >= done, "the catalog shows the newest batch")

    def get(self, path: str, headers: dict[str, str] | None = None, status: int = 200, **parameters: Any) -> Any:
        """The JSON document at a path under /api/v1."""
        answer = self.client.get(f"/api/v1{path}", params=parameters, headers=headers)
        assert answer.status_code == status, f"{path} {parameters}: {answer.status_code} {answer.text}"
        return answer.json()


@contextmanager
def site_on(path: Path, now: datetime, **settings: Any) -> Iterator[Site]:
    """An API on the lake at `path`, its clock standing at `now`. Reads are not limited unless `read_limit` is set."""
    clock = ManualClock(now)
    usual: dict[str, Any] = {"read_limit": False, "linger_ms": 0, "catalog_poll_ms": 2, "alerts_every_s": 0}
    usual |= {"allowed_hosts": "rtl.test", "search_every_s": 0, "search_index": "memory", "search_text": "words"}
    app = create_app(Settings(lake=path, **usual | settings), clock)
    with Client(app) as client:
        lake = Lake.open(path)
        engine = engine_on(lake, clock)
        try:
            yield Site(app, client, clock, lake, engine)
        finally:
            engine.close()


def simulated(seed: int, first: datetime, length: timedelta, count: int) -> list[tuple[datetime, bytes]]:
    """Records of a small shop, evenly over that time, each with the moment it is sent."""
    model = ShopModel(products=40, users=60, buy=0.8, refund=0.2)
    records = Records(Shoppers(model, seed, visitors=20), DIRT, seed)
    moments = [first + length * i / count for i in range(count)]
    return [(moment, records.next(round(moment.timestamp() * 1000))) for moment in moments]


def fill(path: Path, now: datetime, *, seed: int = 20_261_124, batches: int = 20, size: int = 140) -> None:
    """A lake with thirty hours of a shop up to `now`, posted in batches that the engine took one by one.

    Another tenant's events are in it too, the newest of all: nothing of them may show.
    """
    length = timedelta(hours=30)
    sent = simulated(seed, now - length, length, batches * size)
    with site_on(path, now - length) as site:
        for first in range(0, len(sent), size):
            batch = sent[first : first + size]
            site.clock.advance(batch[-1][0] - site.clock.now())
            site.post(*(raw for _, raw in batch))
            site.refine()
        site.clock.advance(now - site.clock.now())
        append(site.lake, [_foreign(i, now) for i in range(20)])
        site.refine()


def _foreign(i: int, now: datetime) -> oracle.Record:
    at = round((now + timedelta(minutes=2)).timestamp() * 1000)
    raw = (
        f'{{"event_id":"foreign{i}","event_type":"purchase","user_id":"spy","product_id":"secret","price":1000000,"quantity":1,'
        f'"currency":"XXX","ts":{at},"country":"XX"}}'
    )
    return oracle.Record(raw.encode(), i, now, now, tenant_id="acme")


def records_of(lake: Lake) -> list[oracle.Record]:
    """What bronze holds, in the order of arrival."""
    rows = lake.read("bronze.events").sort_by([("ingested_at", "ascending"), ("source", "ascending"), ("position", "ascending")])
    return [
        oracle.Record(
            row["raw"],
            row["position"],
            row["received_at"],
            row["ingested_at"],
            row["tenant_id"],
            row["source"],
            row["topic"],
            row["partition"],
        )
        for row in rows.to_pylist()
    ]


def rfc3339(us: int) -> str:
    """Microseconds since the epoch as the API writes them."""
    instant = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=us)
    return instant.isoformat().replace("+00:00", "Z")
