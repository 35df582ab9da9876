"""What the quarantine resource takes and answers with."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Field

from rtlakehouse.api.examples import example
from rtlakehouse.api.parameters import NEXT_CURSOR, Instant, Paged, ReadParameters

__all__ = ["QuarantineList", "QuarantineParameters", "QuarantineSummary", "QuarantinedRecord", "SummaryParameters"]


_RECORD: dict[str, Any] = {
    "id": "http-0-1207-events",
    "source": "http",
    "topic": "events",
    "partition": 0,
    "position": 1_207,
    "received_at": "2026-11-24T10:30:12.300000Z",
    "reasons": ["range:price"],
    "contract_version": 1,
    "raw_bytes": 212,
    "raw": '{"event_id": "7f9c2ba4", "price": -1}',
    "repaired_by": "3f9a51c07be2",
}
_FROM = Field(alias="from", description="Received at this time or later.", examples=["2026-11-24T09:00:00Z"])
_TO = Field(alias="to", description="Received before this time.", examples=["2026-11-24T10:00:00Z"])


class QuarantineParameters(Paged):
    """A page of the records in quarantine, newest first; only those that are as is asked."""

    reason: str | None = Field(None, description="With this reason among theirs.", examples=["range:price"])
    source: str | None = Field(None, description="That came in there: `http`, `file`, `kafka` or `repair`.", examples=["http"])
    topic: str | None = Field(None, description="Of this stream within the source.", examples=["events"])
    repaired: bool | None = Field(
        None, description="Only those that a repair took, or only those that none did.", examples=[False]
    )
    start: Annotated[Instant | None, _FROM] = None
    end: Annotated[Instant | None, _TO] = None


class SummaryParameters(ReadParameters):
    """A range of the time of receipt."""

    start: Annotated[Instant | None, _FROM] = None
    end: Annotated[Instant | None, _TO] = None


class Quarantined(BaseModel):
    """A rejected record."""

    model_config = example(**_RECORD)

    id: str = Field(description="`<source>-<partition>-<position>-<topic>`.")
    source: str
    topic: str
    partition: int
    position: int
    received_at: str
    reasons: list[str] = Field(description="Every rule it breaks, from the closed list.")
    contract_version: int = Field(description="The contract version it was judged by.")
    raw_bytes: int = Field(description="Size of what was received.")
    raw: str = Field(description="The first 1,000 characters of what was received; hexadecimal after 0x where not UTF-8.")
    repaired_by: str | None = Field(description="The repair that took it; null while none did.")


class QuarantineList(BaseModel):
    """A page of records in quarantine, the one received last first."""

    data: list[Quarantined]
    next_cursor: str | None = NEXT_CURSOR


class BrokenRule(BaseModel):
    """A reason, and the rule of the contract behind it."""

    model_config = example(reason="range:price", field="price", rule="decimal(18,4), required, at least 0. Unit price.")

    reason: str
    field: str | None = Field(description="The member of the event; null where it is the record as a whole.")
    rule: str


class QuarantinedRecord(Quarantined):
    """A rejected record as it was received, whole, with the rules it breaks."""

    model_config = example(
        **_RECORD,
        is_text=True,
        rules=[{"reason": "range:price", "field": "price", "rule": "decimal(18,4), required, at least 0. Unit price."}],
    )

    raw: str = Field(description="What was received, whole; hexadecimal after 0x where not UTF-8.")
    is_text: bool = Field(description="Whether `raw` is the text that was received.")
    rules: list[BrokenRule]


class ReasonCount(BaseModel):
    """How many records have a reason."""

    model_config = example(
        reason="range:price",
        records=12,
        repaired=4,
        share="0.2400",
        first_received_at="2026-11-24T09:12:00Z",
        last_received_at="2026-11-24T10:30:12.300000Z",
    )

    reason: str
    records: int
    repaired: int = Field(description="How many of them a repair took.")
    share: str = Field(description="Of all records in quarantine of the range. A record may have several reasons.")
    first_received_at: str
    last_received_at: str


class QuarantineStep(BaseModel):
    """A step of the range and how many records were received in it with each reason."""

    model_config = example(step_start="2026-11-24T10:00:00Z", step_end="2026-11-24T11:00:00Z", reasons={"range:price": 3})

    step_start: str
    step_end: str
    reasons: dict[str, int]


class QuarantineSummary(BaseModel):
    """What is in quarantine, by reason and over time."""

    start: str = Field(examples=["2026-11-23T10:31:00Z"])
    end: str = Field(examples=["2026-11-24T10:31:00Z"])
    records: int = Field(description="Records of the range.", examples=[50])
    repaired: int = Field(description="How many of them a repair took.", examples=[4])
    by_reason: list[ReasonCount]
    step_s: int = Field(description="Length of a step in seconds.", examples=[3_600])
    over_time: list[QuarantineStep] = Field(description="Steps in which any record was received.")
