"""What the windows resource answers with."""

from __future__ import annotations

import json
from typing import Any, Literal

from pydantic import BaseModel, Field

from rtlakehouse.api.events.schemas import STORED, Accepted
from rtlakehouse.api.examples import EVENT, example
from rtlakehouse.api.parameters import NEXT_CURSOR, Paged, RangeParameters

__all__ = [
    "Contribution",
    "Explanation",
    "Formula",
    "Revenue",
    "Revision",
    "RevisionList",
    "Window",
    "WindowDetail",
    "WindowList",
    "WindowParameters",
]


_FIGURES: dict[str, Any] = {
    "events": 120,
    "page_views": 90,
    "add_to_carts": 20,
    "purchases": 8,
    "refunds": 2,
    "units": 15,
    "active_users": 61,
    "viewing_users": 60,
    "cart_users": 18,
    "purchasing_users": 7,
    "sessions": 64,
    "conversion_rate": "0.116667",
    "late_events": 1,
}
_MINUTE: dict[str, Any] = {
    "window_start": "2026-11-24T10:30:00Z",
    "window_end": "2026-11-24T10:31:00Z",
    "state": "final",
    **_FIGURES,
}
_MONEY: dict[str, Any] = {
    "currency": "EUR",
    "orders": 7,
    "units": 15,
    "gross": "310.4500",
    "refunded": "19.9900",
    "net": "290.4600",
    "average_order_value": "44.3500",
}


class WindowParameters(Paged, RangeParameters):
    """A page of the windows of a range, newest first."""


class Minute(BaseModel):
    """A window and how it stands."""

    window_start: str
    window_end: str
    state: Literal["open", "final"] = Field(
        description="final: the watermark has passed its end. A late event still corrects it."
    )


class Measures(BaseModel):
    """The figures of a minute. Decimals are exact text."""

    model_config = example(**_FIGURES)

    events: int
    page_views: int
    add_to_carts: int
    purchases: int
    refunds: int
    units: int
    active_users: int
    viewing_users: int
    cart_users: int
    purchasing_users: int
    sessions: int
    conversion_rate: str | None = Field(description="purchasing_users / viewing_users; null where nobody viewed.")
    late_events: int


class Window(Measures, Minute):
    """One minute's figures. Decimals are exact text."""

    model_config = example(**_MINUTE)


class WindowList(BaseModel):
    """A page of windows, newest first."""

    data: list[Window]
    next_cursor: str | None = NEXT_CURSOR


class Revenue(BaseModel):
    """Money of one currency; amounts are exact text."""

    model_config = example(**_MONEY)

    currency: str
    orders: int
    units: int
    gross: str
    refunded: str
    net: str
    average_order_value: str | None


class WindowDetail(Window):
    """One minute with its money."""

    model_config = example(**_MINUTE, revenue=[_MONEY])

    revenue: list[Revenue]


class Revision(BaseModel):
    """A value that a window had: since which versions, and what gave it."""

    model_config = example(
        version=41,
        silver_version=41,
        batch=44,
        committed_at="2026-11-24T10:31:30.410000Z",
        reason="late_events",
        added_events=2,
        added_late_events=1,
        was_final=True,
        values=_FIGURES,
    )

    version: int = Field(description="Of gold.kpis_1m: the first that has it.")
    silver_version: int = Field(description="Of silver.events: what it was computed from.")
    batch: int = Field(description="Of ops.ledger: the batch that brought the events.")
    committed_at: str
    reason: Literal["first_events", "repaired_events", "late_events", "more_events"] = Field(
        description="first_events: before, there was no event; repaired_events: those that came were taken out of quarantine;"
        " late_events: some of those that came were late."
    )
    added_events: int
    added_late_events: int
    was_final: bool = Field(description="Whether the watermark had passed the window's end by then: a correction.")
    values: Measures | None = Field(description="Null where that version is no longer kept.")


class RevisionList(BaseModel):
    """A page of revisions, the first value first."""

    data: list[Revision]
    next_cursor: str | None = NEXT_CURSOR


class Formula(BaseModel):
    """A figure, what it means, and how it is computed."""

    model_config = example(measure="events", value=120, meaning="Accepted events.", formula="COUNT(*)")

    measure: str
    value: int | str | None
    meaning: str
    formula: str = Field(description="SQL over the window's rows of silver.events.")


class Contribution(Accepted):  # type: ignore[misc, valid-type]
    """An event of the window, as in silver.events, with the record it was read from, as in bronze.events."""

    model_config = example(**STORED, raw=json.dumps(EVENT))

    raw: str | None = Field(
        description="The bytes received, at these coordinates of bronze.events; hexadecimal where not UTF-8; null where"
        " bronze has let go of them."
    )
    raw_expired: str | None = Field(None, description="Why there are none: by when, and by which rule, they were let go.")


class Explanation(BaseModel):
    """Formulas, the versions they read, and a page of the rows they read, down to what was received."""

    window_start: str = Field(examples=["2026-11-24T10:30:00Z"])
    window_end: str = Field(examples=["2026-11-24T10:31:00Z"])
    versions: dict[str, int] = Field(examples=[{"gold.kpis_1m": 41, "silver.events": 41, "bronze.events": 44}])
    formulas: list[Formula]
    events: list[Contribution]
    next_cursor: str | None = NEXT_CURSOR
