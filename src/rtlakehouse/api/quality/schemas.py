"""What the quality resource takes and answers with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, Field

from rtlakehouse.api.examples import example
from rtlakehouse.api.formats import plain
from rtlakehouse.api.parameters import Instant, RangeParameters
from rtlakehouse.clock import isoformat
from rtlakehouse.medallion.expectations import Expectation, Kind, expectations
from rtlakehouse.quality.freshness import Freshness
from rtlakehouse.quality.lateness import Lateness
from rtlakehouse.quality.results import Result, Span
from rtlakehouse.quality.score import Score

__all__ = [
    "DayParameters",
    "ExpectationList",
    "FreshnessList",
    "LatenessCurve",
    "Quality",
    "ResultList",
    "expectation_list",
    "freshness_list",
    "lateness_curve",
    "quality",
    "result_list",
]

_MS = timedelta(milliseconds=1)
_START: Any = Field(description="First minute, included.", examples=["2026-11-24T09:31:00Z"])
_END: Any = Field(description="First minute that is not.", examples=["2026-11-24T10:31:00Z"])
_RULE: dict[str, Any] = {
    "name": "gold.revenue_1m.net",
    "table": "gold.revenue_1m",
    "kind": "row",
    "rule": "net is gross - refunded, neither of them negative.",
    "condition": "net = gross - refunded and gross >= 0 and refunded >= 0",
    "reasons": [],
    "tolerated_share": "0.00",
}


class DayParameters(RangeParameters):
    """A range of event time, by default a day."""

    start: Annotated[
        Instant | None,
        Field(alias="from", description="First minute; default: a day before `to`.", examples=["2026-11-24T09:00:00Z"]),
    ] = None


class QualityPart(BaseModel):
    """A part of the score."""

    model_config = example(name="validity", weight=3, share="0.982143", lost="0.38", why="50 of 2,800 records are in quarantine.")

    name: str
    weight: int
    share: str | None = Field(description="From 0 to 1; null where there is nothing to judge by.")
    lost: str = Field(description="Points of the score that it costs.")
    why: str


class Quality(BaseModel):
    """The score of a range. `score` = 100 x sum(weight x share) / sum(weight) over the parts that have a share."""

    start: str = _START
    end: str = _END
    judged_at: str = Field(description="When freshness was judged.", examples=["2026-11-24T10:31:00Z"])
    score: str | None = Field(description="From 0 to 100; null on an empty lake.", examples=["99.62"])
    parts: list[QualityPart]


class ExpectationEntry(BaseModel):
    """One thing that is expected."""

    model_config = example(**_RULE)

    name: str
    table: str
    kind: Kind = Field(
        description="`contract`: of each record received. `row`: of each row. `key`: no two rows agree in these columns."
        " `sum`: two tables tell the same."
    )
    rule: str = Field(description="What must hold.")
    condition: str = Field(description="The same as SQL: a condition, columns, or a query that finds differences.")
    reasons: list[str] = Field(description="Of the contract: the reasons in quarantine of records that break it.")
    tolerated_share: str = Field(description="Share of failed rows up to which it holds.")


class ExpectationList(BaseModel):
    """Every expectation, in the order of the tables."""

    data: list[ExpectationEntry]


class QualityResult(BaseModel):
    """What was found of an expectation."""

    model_config = example(
        name="bronze.events.price",
        table="bronze.events",
        kind="contract",
        rule="decimal(18,4), required, at least 0. Unit price; rounded half up to four places.",
        holds=True,
        examined=2_800,
        failed=7,
        share="0.002500",
        tolerated_share="0.01",
        sample=[{"source": "http", "topic": "events", "partition": 0, "position": 1_207}],
    )

    name: str
    table: str
    kind: Kind
    rule: str
    holds: bool = Field(description="Whether the share that failed is within what is tolerated.")
    examined: int
    failed: int
    share: str = Field(description="Of the rows examined that failed.")
    tolerated_share: str
    sample: list[dict[str, Any]] = Field(description="Where some rows are that failed, by the columns that tell rows apart.")


class ResultList(BaseModel):
    """Every expectation over a range."""

    start: str = _START
    end: str = _END
    broken: int = Field(description="How many do not hold.", examples=[0])
    data: list[QualityResult]


class TableFreshness(BaseModel):
    """How fresh a table is."""

    model_config = example(
        table="silver.events",
        version=41,
        written_at="2026-11-24T10:30:12.410000Z",
        newest_at="2026-11-24T10:30:12.250000Z",
        delay_ms=750,
        target_ms=60_000,
        fresh=True,
    )

    table: str
    version: int
    written_at: str | None = Field(description="When its newest file was written, by a batch or by upkeep that gathered files.")
    newest_at: str | None = Field(
        description="Of what it last tells of: receipt in bronze and quarantine, event time in silver and the ledger, the"
        " newest minute's end in gold. Null where there is nothing."
    )
    delay_ms: int | None = Field(description="From `newest_at` to `judged_at`.")
    target_ms: int | None = Field(description="The longest delay that is fresh; null where rows need not come all the time.")
    fresh: bool | None


class FreshnessList(BaseModel):
    """Every table. Where nothing happens, nothing is fresh: `X-Data-Freshness-Ms` says whether anything waits."""

    judged_at: str = Field(examples=["2026-11-24T10:30:13Z"])
    data: list[TableFreshness]


class LatenessPoint(BaseModel):
    """A watermark and what it would have caught."""

    model_config = example(watermark_ms=15_000, in_time=2_660, share="0.950000", in_force=True)

    watermark_ms: int
    in_time: int = Field(description="Events that arrived within it.")
    share: str | None = Field(description="Of all events; null where there are none.")
    in_force: bool = Field(description="Whether this is the watermark as it is set.")


class LatenessQuantile(BaseModel):
    """How long a watermark has to be."""

    model_config = example(share="0.99", watermark_ms=61_000)

    share: str
    watermark_ms: int | None = Field(description="The shortest one that this share of the events arrived within.")


class LatenessCurve(BaseModel):
    """How long after they happened events were received."""

    start: str = _START
    end: str = _END
    events: int = Field(examples=[2_800])
    late: int = Field(description="Of them late, by the watermark they were refined under.", examples=[140])
    curve: list[LatenessPoint]
    quantiles: list[LatenessQuantile]


def quality(span: Span, judged_at: datetime, found: Score) -> Quality:
    parts = [
        QualityPart(name=part.name, weight=part.weight, share=_share(part.share), lost=f"{part.lost:f}", why=part.why)
        for part in found.parts
    ]
    total = None if found.score is None else f"{found.score:f}"
    return Quality(start=_text(span.start), end=_text(span.end), judged_at=isoformat(judged_at), score=total, parts=parts)


def expectation_list() -> ExpectationList:
    return ExpectationList(data=[ExpectationEntry(**_entry(each)) for each in expectations()])


def _entry(expectation: Expectation) -> dict[str, Any]:
    return {
        "name": expectation.name,
        "table": expectation.table,
        "kind": expectation.kind,
        "rule": expectation.rule,
        "condition": " ".join(expectation.holds.split()),
        "reasons": list(expectation.reasons),
        "tolerated_share": f"{expectation.tolerated:.2f}",
    }


def result_list(span: Span, found: Sequence[Result]) -> ResultList:
    return ResultList(
        start=_text(span.start),
        end=_text(span.end),
        broken=sum(not each.holds for each in found),
        data=[_result(each) for each in found],
    )


def _result(found: Result) -> QualityResult:
    told = {name: value for name, value in _entry(found.expectation).items() if name not in ("condition", "reasons")}
    sample = [{name: plain(value) for name, value in place.items()} for place in found.sample]
    return QualityResult(
        **told, holds=found.holds, examined=found.examined, failed=found.failed, share=f"{found.share:.6f}", sample=sample
    )


def freshness_list(judged_at: datetime, found: Sequence[Freshness]) -> FreshnessList:
    return FreshnessList(judged_at=isoformat(judged_at), data=[_freshness(each) for each in found])


def _freshness(found: Freshness) -> TableFreshness:
    return TableFreshness(
        table=found.table,
        version=found.version,
        written_at=found.written_at and isoformat(found.written_at),
        newest_at=found.newest_at and isoformat(found.newest_at),
        delay_ms=None if found.delay is None else found.delay // _MS,
        target_ms=None if found.target is None else found.target // _MS,
        fresh=found.is_fresh,
    )


def lateness_curve(span: Span, found: Lateness) -> LatenessCurve:
    curve = [
        LatenessPoint(
            watermark_ms=point.watermark_ms,
            in_time=point.in_time,
            share=_share(Decimal(point.in_time) / found.events if found.events else None),
            in_force=point.in_force,
        )
        for point in found.curve
    ]
    quantiles = [LatenessQuantile(share=f"{each.share:f}", watermark_ms=each.watermark_ms) for each in found.quantiles]
    return LatenessCurve(
        start=_text(span.start), end=_text(span.end), events=found.events, late=found.late, curve=curve, quantiles=quantiles
    )


def _share(share: Decimal | None) -> str | None:
    return None if share is None else f"{share:.6f}"


def _text(minute: datetime) -> str:
    return isoformat(minute.replace(tzinfo=UTC))
