"""Live figures, and events as they come in, as server-sent events."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from starlette.responses import Response

from rtlakehouse.api.access import CallerOf, is_welcome
from rtlakehouse.api.deps import Parts, PartsOf
from rtlakehouse.api.errors import documented
from rtlakehouse.api.live.feed import Client, Feed
from rtlakehouse.api.live.follower import Follower
from rtlakehouse.api.live.matching import LiveParameters
from rtlakehouse.api.live.places import parse
from rtlakehouse.api.live.stream import EventStream, Source
from rtlakehouse.api.parameters import NoParameters

__all__ = ["router"]

router = APIRouter(prefix="/live", tags=["live"])

_LAST_ID = Header(
    alias="Last-Event-ID",
    description="The `id` of the last event that was received: what it told is not sent again.",
    examples=["gold.kpis_1m=41,ops.ledger=44@202611241030"],
)

_EXAMPLE = (
    "event: kpis\nid: gold.kpis_1m=41,ops.ledger=44@202611241030\n"
    'data: {"watermark":"2026-11-24T10:30:12Z","engine_running":true,'
    '"windows":[{"window_start":"2026-11-24T10:30:00Z","events":120}]}\n\n'
)

_LAST_PLACE = Header(
    alias="Last-Event-ID",
    description="The `id` of the last event that was received; the next one is the one after it.",
    examples=["silver.events=41.12,silver.quarantine=20.0"],
)

_EVENT_EXAMPLE = (
    "event: accepted\nid: silver.events=41.12,silver.quarantine=20.0\n"
    'data: {"event_id":"7f9c2ba4","event_type":"purchase","price":"19.9900","event_time":"2026-11-24T10:30:12.250000Z"}\n\n'
)


@router.get(
    "/kpis",
    response_class=Response,
    responses={
        200: {
            "content": {"text/event-stream": {"schema": {"type": "string"}, "example": _EXAMPLE}},
            "description": "One event `kpis` a commit",
        },
        **documented(503, momentary=True),
    },
    summary="Key figures as they change (server-sent events)",
)
async def live_kpis(
    request: Request,
    parts: PartsOf,
    caller: CallerOf,
    _: Annotated[NoParameters, Query()],
    last_id: Annotated[str | None, _LAST_ID] = None,
) -> Response:
    """An event `kpis` within 100 ms of each commit: the minutes of the newest hour with their states and corrections, money,
    products, the ledger, and why records are in quarantine.

    It is the whole present state, and says whether an engine works on it. `Last-Event-ID` resumes: the present state is sent only
    if it is another one. A comment every 10 s (`sse_heartbeat_s`) keeps the line open.
    """
    client = Client(asyncio.get_running_loop(), caller.tenant_id, last_id)
    parts.feed.join(client)
    return _stream(request, parts, Figures(parts.feed, client))


@router.get(
    "/events",
    response_class=Response,
    responses={
        200: {
            "content": {"text/event-stream": {"schema": {"type": "string"}, "example": _EVENT_EXAMPLE}},
            "description": "Events `accepted`, `quarantined`, `skipped`, `lost`",
        },
        **documented(400, 404, 503, momentary=True),
    },
    summary="Events as they are committed (server-sent events)",
)
async def live_events(
    request: Request,
    parts: PartsOf,
    caller: CallerOf,
    parameters: Annotated[LiveParameters, Query()],
    last_id: Annotated[str | None, _LAST_PLACE] = None,
) -> Response:
    """An event `accepted` for each new event, `quarantined` for each record that was rejected, as soon as its batch is readable.

    `Last-Event-ID` goes on right after that event, with everything since. `lost` names versions that are not kept any more. A
    client that does not keep up is told by `skipped` how many it missed of what it asked for, and goes on with the newest rows,
    about as many as `sse_events_behind`. A comment every 10 s (`sse_heartbeat_s`) keeps the line open.
    """
    places = None if last_id is None else parse(last_id)
    most = parts.settings.sse_events_behind
    return _stream(request, parts, Follower(parts.feed, parts.catalog, parts.appends, caller.tenant_id, parameters, most, places))


def _stream(request: Request, parts: Parts, source: Source) -> EventStream:
    settings = parts.settings
    return EventStream(source, settings.sse_heartbeat_s, settings.sse_send_timeout_s, partial(is_welcome, request))


class Figures:
    """What a client of the key figures is told."""

    greeting = b""
    heartbeat = b": still here\n\n"

    def __init__(self, feed: Feed, client: Client) -> None:
        self._feed = feed
        self._client = client

    @property
    def stopped(self) -> bool:
        return self._feed.stopped

    async def next(self, timeout_s: float) -> bytes | None:
        message = await self._client.next(timeout_s)
        return None if message is None else b"event: kpis\nid: %s\ndata: %s\n\n" % (message.id.encode(), message.data)

    def leave(self) -> None:
        self._feed.leave(self._client)
