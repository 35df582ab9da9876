"""What `rtl up` runs, as the journeys need it: an engine and an API on an empty lake, killed and started again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from faults.gateways import Gateway, admin_key
from faults.loads import lines, start_engine
from faults.programs import Program, Programs
from shapes import as_json


@dataclass
class Stack:
    """The processes and their lake."""

    programs: Programs
    lake: Path
    engine: Program
    gateway: Gateway

    @classmethod
    def start(cls, programs: Programs, lake: Path, **settings: object) -> Stack:
        return cls(programs, lake, start_engine(programs, lake), Gateway.start(programs, lake, settings))

    @property
    def address(self) -> str:
        return self.gateway.address

    def post(self, *events: bytes) -> None:
        answer = self.gateway.post(b"\n".join(events), "application/x-ndjson")
        assert answer.status_code == 202, answer.text

    def post_as(self, tenant: str, *events: bytes) -> str:
        """As another tenant; a key that may do everything that tenant may."""
        key = admin_key(self.lake, tenant)
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/x-ndjson"}
        answer = self.gateway.client.post("/events", content=b"\n".join(events), headers=headers)
        assert answer.status_code == 202, answer.text
        return key

    def replay(self, *events: bytes) -> None:
        """As if they had been received when they happened."""
        ingest = self.programs.run("ingest", lines(self.programs.folder / "replayed.jsonl", events), lake=self.lake)
        assert ingest.code == 0, ingest.said

    def simulate(self, rate: int) -> Program:
        """Shoppers, with the dirt of real streams."""
        flags = ("--to", self.address, "--rate", str(rate), "--quiet")
        return self.programs.start("simulate", *flags, lake=self.lake, settings={"api_key": self.gateway.key})

    def restart_engine(self) -> None:
        self.engine = start_engine(self.programs, self.lake)

    def restart_api(self) -> None:
        self.gateway = self.gateway.restart()


def event(event_id: str, at: datetime | None = None, **fields: Any) -> bytes:
    """A purchase that happened now, or then."""
    happened = round((at or datetime.now(UTC)).timestamp() * 1000)
    usual = {"event_type": "purchase", "user_id": "u", "product_id": "tea", "price": 10, "quantity": 1, "currency": "EUR"}
    return as_json(event_id=event_id, ts=happened, **usual | fields)


def minute_ago(minutes: int) -> datetime:
    """The start of a minute."""
    return datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=minutes)
