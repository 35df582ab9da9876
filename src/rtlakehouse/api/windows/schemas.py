"""What the windows resource answers with."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from rtlakehouse.api.parameters import Paged, RangeParameters

__all__ = ["Revenue", "Window", "WindowDetail", "WindowList", "WindowParameters"]


class WindowParameters(Paged, RangeParameters):
    """A page of the windows of a range, newest first."""


class Window(BaseModel):
    """One minute's figures. Decimals are exact text."""

    window_start: str
    window_end: str
    state: Literal["open", "final"] = Field(
        description="final: the watermark has passed its end. A late event still corrects it."
    )
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


class WindowList(BaseModel):
    """A page of windows, newest first."""

    data: list[Window]
    next_cursor: str | None


class Revenue(BaseModel):
    """Money of one currency; amounts are exact text."""

    currency: str
    orders: int
    units: int
    gross: str
    refunded: str
    net: str
    average_order_value: str | None


class WindowDetail(Window):
    """One minute with its money."""

    revenue: list[Revenue]
