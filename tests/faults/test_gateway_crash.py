"""A gateway killed at random moments while clients post: what was acknowledged is in bronze, once, and whole."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from faults.gateways import Gateway
from faults.loads import assert_right, received, start_engine
from faults.programs import Programs, until
from rtlakehouse.clock import SystemClock
from rtlakehouse.simulate.dirt import Dirt, Records
from rtlakehouse.simulate.model import ShopModel, Shoppers
from rtlakehouse.simulate.sinks import HttpSink
from rtlakehouse.storage.lake import Lake

CLEAN = Dirt(malformed=0, duplicates=0, late=0, out_of_order=0)
KILLS = 4
# Posts between two kills, at least: enough that some are under way whenever it happens.
POSTS = 12


class Client(threading.Thread):
    """Posts until told to stop. `posts`: what was posted, `receipts`: those given for a post."""

    def __init__(self, address: str, seed: int) -> None:
        super().__init__(daemon=True)
        self.address = address
        self.posts: list[Post] = []
        self.failure: BaseException | None = None
        self._records = Records(Shoppers(ShopModel(), seed, visitors=10), CLEAN, seed)
        self._clock = SystemClock()
        self._stop_posting = threading.Event()

    def run(self) -> None:
        try:
            while not self._stop_posting.is_set():
                self.post()
        except BaseException as error:  # noqa: BLE001 - `finish` raises it in the thread of the test
            self.failure = error

    def finish(self) -> list[Post]:
        self._stop_posting.set()
        self.join(60)
        self.close()
        assert not self.is_alive(), "a post is never answered"
        assert self.failure is None, self.failure
        return self.posts

    @property
    def acknowledged(self) -> int:
        return sum(post.acknowledged for post in list(self.posts))

    def post(self) -> None:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError

    def some(self, count: int) -> list[bytes]:
        now_ms = round(self._clock.now().timestamp() * 1000)
        return [self._records.next(now_ms) for _ in range(count)]


@dataclass
class Post:
    """records: of one post. attempts: how often it was sent, at most."""

    records: list[bytes]
    acknowledged: bool = False
    attempts: int = 1
    receipts: list[str] = field(default_factory=list)


class Singles(Client):
    """One event a post, an array now and then; never sent again."""

    def __init__(self, gateway: Gateway, seed: int) -> None:
        super().__init__(gateway.address, seed)
        self._client = httpx.Client(trust_env=False, timeout=20, headers={"X-API-Key": gateway.key})

    def close(self) -> None:
        self._client.close()

    def post(self) -> None:
        records = self.some(1 if len(self.posts) % 5 else 7)
        post = Post(records)
        self.posts.append(post)
        body = records[0] if len(records) == 1 else b"[" + b",".join(records) + b"]"
        try:
            answer = self._client.post(f"{self.address}/api/v1/events", content=body)
        except httpx.TransportError:
            return
        assert answer.status_code == 202, answer.text
        post.receipts = answer.json()["receipts"]
        post.acknowledged = True


class Batches(Client):
    """The simulator's own sink: what is not acknowledged is sent again until it is."""

    def __init__(self, gateway: Gateway, seed: int) -> None:
        super().__init__(gateway.address, seed)
        self._sink = HttpSink(gateway.address, self._clock, key=gateway.key)

    def close(self) -> None:
        self._sink.close()

    def post(self) -> None:
        post = Post(self.some(40))
        self.posts.append(post)
        before = self._sink.resent
        self._sink.send(post.records)
        post.attempts += (self._sink.resent - before) // len(post.records)
        post.acknowledged = True


def test_what_a_killed_gateway_acknowledged_is_there_once(seed: int, programs: Programs, root: Path) -> None:
    dice = random.Random(seed)
    gateway = Gateway.start(programs, root, {"linger_ms": dice.choice([0, 2, 10])})
    clients: list[Client] = [Singles(gateway, seed), Singles(gateway, seed + 1)]
    clients.append(Batches(gateway, seed + 2))
    for client in clients:
        client.start()
    for _ in range(KILLS):
        busy(clients)
        threading.Event().wait(dice.random() * 0.05)
        gateway.program.kill()
        gateway = gateway.restart()
    busy(clients)
    posts = [post for client in clients for post in client.finish()]
    assert sum(post.acknowledged for post in posts) > KILLS * POSTS
    assert_whole(Lake.open(root), posts)
    engine = start_engine(programs, root)
    assert_receipts(gateway, [post for post in posts if post.receipts])
    engine.stop()
    gateway.program.stop()
    assert_right(Lake.open(root))


def busy(clients: list[Client]) -> None:
    """Until each client has had some more posts answered."""
    had = [client.acknowledged for client in clients]
    enough: Callable[[], bool] = lambda: all(  # noqa: E731
        client.acknowledged >= before + (POSTS if isinstance(client, Singles) else 2)
        for client, before in zip(clients, had, strict=True)
    )
    until(lambda: enough() or any(client.failure for client in clients), "posts are not answered")


def assert_whole(lake: Lake, posts: list[Post]) -> None:
    """Each acknowledged post is in bronze, at its receipts if it has any; each other one wholly or not at all."""
    stored = [record.raw for record in received(lake)]
    place = {record: (number, i) for number, post in enumerate(posts) for i, record in enumerate(post.records)}
    runs: Counter[int] = Counter()
    at = 0
    while at < len(stored):
        number, first = place[stored[at]]
        post = posts[number]
        assert first == 0
        assert stored[at : at + len(post.records)] == post.records, "half of a post"
        runs[number] += 1
        at += len(post.records)
    for number, post in enumerate(posts):
        assert int(post.acknowledged) <= runs[number] <= post.attempts
        for record, receipt in zip(post.records, post.receipts, strict=post.receipts != []):
            assert stored[int(receipt.rpartition("-")[2])] == record


def assert_receipts(gateway: Gateway, posts: list[Post]) -> None:
    """What was promised before the crash is answered after it."""
    for post in (posts[0], posts[len(posts) // 2], posts[-1]):
        for record, receipt in zip(post.records, post.receipts, strict=True):
            fate = gateway.get(f"/events/receipts/{receipt}", timeout=40, wait="gold", timeout_ms=20_000).json()
            assert fate["fate"] == "accepted"
            assert f'"event_id":"{fate["event_id"]}"'.encode() in record
