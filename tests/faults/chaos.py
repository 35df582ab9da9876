"""One chaotic run: seeded shoppers send events while what stores and refines them is killed; then all must be there once."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow.compute as pc

from faults.gateways import HOST, Gateway, admin_key
from faults.loads import DIRTY, assert_right, is_refined, start_engine
from faults.programs import Program, Programs, until
from rtlakehouse.clock import SystemClock
from rtlakehouse.failpoints import KNOWN
from rtlakehouse.simulate.dirt import Records
from rtlakehouse.simulate.model import ShopModel, Shoppers
from rtlakehouse.simulate.producer import Pace, produce
from rtlakehouse.simulate.report import Report
from rtlakehouse.simulate.sinks import FileSink, HttpSink, Sink
from rtlakehouse.stack.ports import free_port
from rtlakehouse.storage.lake import Lake
from running import broken

ZONES = ["UTC", "Asia/Kolkata", "America/St_Johns", "Pacific/Apia", "Pacific/Kiritimati", "Africa/Casablanca"]
RATE = 100.0
# Some of the settings that are drawn make an engine slow on purpose: batches of 50 events, a compaction after every second one.
PATIENCE_S = 240.0
# An event of the file is dated up to this long before it is read, so that old and new windows meet.
BACK = timedelta(minutes=3)
IN_ENGINE = [name for name in KNOWN if "bronze" not in name and name not in ("after_vacuum", "after_log_cleanup")]
IN_BRONZE = [name for name in KNOWN if "bronze" in name]
# Comparing each row with the oracle takes a while; lakes that have grown beyond this are verified and counted only.
COMPARED = 6_000


@dataclass(frozen=True)
class Totals:
    """What a lake holds: records by their fate, and money by currency."""

    received: int = 0
    accepted: int = 0
    duplicates: int = 0
    quarantined: int = 0
    gross: Counter[str] = field(default_factory=Counter)
    refunded: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, lake: Lake) -> Totals:
        ledger, revenue = lake.read("ops.ledger"), lake.read("gold.revenue_1m")
        counts = {name: pc.sum(ledger[name]).as_py() or 0 for name in ("received", "accepted", "duplicates", "quarantined")}
        money: dict[str, Counter[str]] = {"gross": Counter(), "refunded": Counter()}
        for row in revenue.select(["currency", "gross", "refunded"]).to_pylist():
            for name, sums in money.items():
                sums[row["currency"]] += row[name]
        return cls(**counts, gross=money["gross"], refunded=money["refunded"])


class Load(threading.Thread):
    """Sends the events of one seed; `report` says what they are."""

    def __init__(self, sink: Sink, seed: int, events: int, batch: int) -> None:
        super().__init__(daemon=True)
        self.records = Records(Shoppers(ShopModel(), seed, visitors=30), DIRTY, seed)
        self.failure: BaseException | None = None
        self._sink = sink
        self._pace = Pace(RATE, events=events, batch=batch, unpaced=True, start=datetime.now(UTC) - BACK)

    @property
    def report(self) -> Report:
        return self.records.report

    def run(self) -> None:
        try:
            produce(self.records, self._sink, self._pace, SystemClock(), lambda: False, lambda sent: None)
        except BaseException as error:  # noqa: BLE001 - `finish` raises it in the thread of the test
            self.failure = error
        finally:
            self._sink.close()

    def finish(self) -> Report:
        self.join(PATIENCE_S)
        assert not self.is_alive(), "the load is never stored"
        assert self.failure is None, self.failure
        return self.report


class Run:
    """Everything of it is drawn from one seed. `play` raises AssertionError where a promise does not hold."""

    def __init__(self, programs: Programs, root: Path, seed: int) -> None:
        self._programs = programs
        self._root = root
        self._seed = seed
        self._dice = random.Random(seed)
        self._settings = self._drawn()
        self._port = free_port(HOST, 0)
        self._key = admin_key(root)
        self._engine: Program | None = None
        self._gateway: Gateway | None = None

    def play(self) -> None:
        before = Totals.of(Lake.create(self._root))
        how = self._dice.choice(["http", "http", "file", "both"])
        reports = []
        self._start_engine(self._drawn_failpoint(IN_ENGINE))
        if how != "file":
            self._start_gateway(self._drawn_failpoint(IN_BRONZE))
            load = self._post()
        if how != "http":
            reports.append(self._replay())
        if how != "file":
            while load.is_alive() and self._dice.random() < 0.8:
                self._kill_something()
            reports.append(self._finish(load))
        self._drain()
        self._check(before, Totals.of(Lake.open(self._root)), reports)

    def _drawn(self) -> dict[str, object]:
        draw = self._dice.choice
        return {
            "TZ": draw(ZONES),
            "trigger_ms": draw([1, 5, 20]),
            "max_batch_events": draw([50, 300, 200_000]),
            "compact_files": draw([2, 5, 60]),
            "log_commits": draw([100, 2000]),
            "snapshot_every_s": draw([0, 0, 0.3]),
            "state_ids": draw([1000, 20_000_000]),
            "state_members": draw([1000, 2_000_000]),
            "engine_threads": draw([1, 2]),
            "linger_ms": draw([0, 3, 10]),
            "ingest_chunk_events": draw([37, 200, 5000]),
        }

    def _drawn_failpoint(self, names: Sequence[str]) -> dict[str, object]:
        if self._dice.random() < 0.5:
            return {}
        return {"failpoints": f"{self._dice.choice(names)}:{self._dice.randint(1, 6)}"}

    def _start_engine(self, failpoints: dict[str, object] | None = None) -> None:
        self._engine = self._programs.start("run", lake=self._root, settings={**self._settings, **(failpoints or {})})

    def _start_gateway(self, failpoints: dict[str, object] | None = None) -> None:
        self._gateway = Gateway.start(self._programs, self._root, {**self._settings, **(failpoints or {})}, self._port, self._key)

    def _post(self) -> Load:
        sink = HttpSink(f"http://{HOST}:{self._port}", SystemClock(), key=self._key)
        load = Load(sink, self._seed, self._dice.randint(500, 2000), self._dice.choice([7, 40, 200]))
        load.start()
        return load

    def _kill_something(self) -> None:
        """One of the engine and the gateway, or both, at a random time; and what a failpoint has killed meanwhile goes on."""
        self._pause(0.4)
        victims = self._dice.choice([("engine",), ("gateway",), ("engine", "gateway")])
        if "engine" in victims and self._engine is not None:
            self._engine.kill()
        if "gateway" in victims and self._gateway is not None:
            self._gateway.program.kill()
        self._pause(0.1)
        self._revive()

    def _revive(self) -> None:
        if self._engine is not None and not self._engine.running:
            self._start_engine(self._drawn_failpoint(IN_ENGINE) if self._dice.random() < 0.5 else None)
        if self._gateway is not None and not self._gateway.program.running:
            self._start_gateway()

    def _finish(self, load: Load) -> Report:
        until(lambda: self._look_after() or not load.is_alive(), "the load is never stored", PATIENCE_S)
        return load.finish()

    def _look_after(self) -> bool:
        """Start again what a failpoint killed; False, so that one goes on waiting."""
        self._revive()
        return False

    def _replay(self) -> Report:
        """`rtl ingest` of a file, killed and run again until it has come to its end. Perhaps without an engine beside it."""
        if self._dice.random() < 0.5 and self._engine is not None:
            self._engine.kill()
            self._engine = None
        path = self._root.with_name(f"{self._root.name}-{self._seed}.jsonl")
        load = Load(FileSink(str(path)), self._seed + 1, self._dice.randint(500, 2000), 500)
        load.run()
        for _ in range(self._dice.randint(0, 3)):
            settings = {**self._settings, **self._drawn_failpoint(IN_BRONZE if self._engine else KNOWN)}
            replay = self._programs.start("ingest", path, lake=self._root, settings=settings)
            self._pause(1.2)
            replay.kill()
            self._revive()
        replay = self._programs.start("ingest", path, lake=self._root, settings=self._settings)
        until(lambda: self._look_after() or not replay.running, f"the replay does not end\n{replay.said[-2000:]}", PATIENCE_S)
        assert replay.code == 0, replay.said[-3000:]
        path.unlink()
        assert load.failure is None, load.failure
        return load.report

    def _drain(self) -> None:
        if self._engine is not None:
            self._engine.kill()
            self._engine = None
        engine = start_engine(self._programs, self._root, self._settings)
        lake = Lake.open(self._root)
        why = f"the engine does not get through bronze\n{engine.said[-2000:]}"
        until(lambda: not engine.running or is_refined(lake), why, PATIENCE_S)
        engine.stop()
        if self._gateway is not None:
            self._revive()
            self._gateway.program.stop()

    def _check(self, before: Totals, after: Totals, reports: list[Report]) -> None:
        lake = Lake.open(self._root)
        assert after.received == after.accepted + after.duplicates + after.quarantined
        sent = sum(report.records for report in reports)
        again = sum(report.resent for report in reports)
        assert sent <= after.received - before.received <= sent + again
        assert after.accepted - before.accepted == sum(sum(report.accepted.values()) for report in reports)
        for name in ("duplicates", "quarantined"):
            counted = (r.duplicates if name == "duplicates" else sum(r.quarantined.values()) for r in reports)
            least = sum(counted)
            assert least <= getattr(after, name) - getattr(before, name) <= least + again
        for kind in ("gross", "refunded"):
            expected: Counter[str] = Counter()
            for report in reports:
                expected.update(getattr(report, kind))
            assert _difference(getattr(after, kind), getattr(before, kind)) == {k: v for k, v in expected.items() if v}
        assert broken(lake) == []
        if after.received <= COMPARED:
            assert_right(lake)

    def _pause(self, most_s: float) -> None:
        threading.Event().wait(self._dice.random() * most_s)


def _difference(after: Counter[str], before: Counter[str]) -> dict[str, Decimal]:
    found = {currency: after[currency] - before.get(currency, 0) for currency in after}
    return {currency: Decimal(amount) for currency, amount in found.items() if amount}
