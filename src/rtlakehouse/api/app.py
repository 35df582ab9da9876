"""The application: parts made once at start, middleware, routes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from importlib import resources

import structlog
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute

from rtlakehouse import __version__
from rtlakehouse.api import errors
from rtlakehouse.api.answers import Answers
from rtlakehouse.api.deps import Parts
from rtlakehouse.api.events.gateway import Gateway
from rtlakehouse.api.health.endpoints import metrics_router
from rtlakehouse.api.health.metrics import LakeMetrics
from rtlakehouse.api.limits import RequestLimits
from rtlakehouse.api.live.feed import Feed
from rtlakehouse.api.router import router
from rtlakehouse.catalog import Catalog
from rtlakehouse.clock import Clock, SystemClock
from rtlakehouse.contract.refine import Limits
from rtlakehouse.errors import LakeLockedError
from rtlakehouse.settings import Settings
from rtlakehouse.storage.lake import Lake

__all__ = ["create_app"]

log = structlog.get_logger(__name__)

_DESCRIPTION = """Events in, key figures out, every answer with the table versions it was computed from.

Reads answer with `X-Lake-Versions` and an `ETag` of those versions; `as_of` asks for earlier ones. Errors are
`application/problem+json`, with the fix in `detail`."""


def create_app(settings: Settings, clock: Clock | None = None) -> FastAPI:
    """The API of the lake that the settings name, and the page at `/`. Nothing is opened before the application starts."""
    clock = clock or SystemClock()
    app = FastAPI(
        title="RT-Lakehouse",
        version=__version__,
        description=_DESCRIPTION,
        openapi_url="/api/openapi.json",
        docs_url="/api/docs",
        redoc_url=None,
        lifespan=_lifespan(settings, clock),
        generate_unique_id_function=_operation_id,
    )
    errors.install(app)
    app.include_router(router)
    app.include_router(metrics_router)
    app.add_api_route("/", _page, include_in_schema=False, response_class=HTMLResponse)
    app.add_middleware(
        RequestLimits,
        clock=clock,
        reads_per_minute=settings.reads_per_minute,
        enabled=settings.read_limit,
        proxies=[proxy.strip() for proxy in settings.trusted_proxies.split(",") if proxy.strip()],
    )
    return app


def _operation_id(route: APIRoute) -> str:
    return route.name


def _page() -> HTMLResponse:
    page = resources.files(__package__).joinpath("page", "index.html").read_text("utf-8")
    return HTMLResponse(page, headers={"Cache-Control": "no-cache", "Content-Security-Policy": _POLICY})


# The page has its style and script inside; nothing else is loaded from anywhere, and only this server is spoken to.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; img-src data:"


def _lifespan(settings: Settings, clock: Clock):  # type: ignore[no-untyped-def]  # starlette names no public type for it
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            lake = Lake.create(settings.lake)
            parts = _parts(settings, clock, lake, stack)
            app.state.parts = parts
            app.state.lake_metrics = LakeMetrics(parts.catalog, parts.feed)
            yield

    return lifespan


def _parts(settings: Settings, clock: Clock, lake: Lake, stack: AsyncExitStack) -> Parts:
    delay = timedelta(seconds=settings.watermark_s)
    catalog = Catalog(
        lake,
        clock,
        poll=timedelta(milliseconds=settings.catalog_poll_ms),
        memory_mb=settings.catalog_memory_mb,
        gold_mb=settings.gold_memory_mb,
    )
    catalog.start()
    stack.callback(catalog.close)
    feed = Feed(catalog, clock, delay, settings.sse_clients)
    feed.start()
    stack.callback(feed.stop)
    return Parts(
        settings=settings,
        clock=clock,
        lake=lake,
        catalog=catalog,
        answers=Answers(catalog, clock, delay, settings.cache_entries),
        gateway=_gateway(settings, clock, lake, stack),
        feed=feed,
        limits=Limits(
            watermark=delay,
            future=timedelta(seconds=settings.future_limit_s),
            late=timedelta(seconds=settings.late_limit_s),
        ),
    )


def _gateway(settings: Settings, clock: Clock, lake: Lake, stack: AsyncExitStack) -> Gateway | None:
    """The gateway, where no other process has it; reads are served all the same."""
    try:
        stack.enter_context(lake.lock("gateway", clock.now()))
    except LakeLockedError as error:
        log.warning("this process takes no posts", why=str(error))
        return None
    gateway = Gateway(
        lake,
        clock,
        timedelta(milliseconds=settings.linger_ms),
        settings.gateway_queue_events,
        settings.gateway_queue_mb << 20,
    )
    gateway.start()
    stack.callback(gateway.stop)
    return gateway
