"""The application: parts made once at start, middleware, routes."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial

import structlog
from fastapi import FastAPI
from fastapi.routing import APIRoute

from rtlakehouse import __version__, tracing
from rtlakehouse.alerts import Messenger, Watch, send
from rtlakehouse.api import errors, page, reference
from rtlakehouse.api.access import Keyring
from rtlakehouse.api.access.hosts import KnownHosts, is_loopback, known_hosts
from rtlakehouse.api.access.needs import posted_reads
from rtlakehouse.api.addresses import proxies_of
from rtlakehouse.api.alerts.service import make_evaluator
from rtlakehouse.api.answers import Answers
from rtlakehouse.api.cache import Cache
from rtlakehouse.api.deps import Parts
from rtlakehouse.api.events.gateway import Gateway
from rtlakehouse.api.events.intake import Intake
from rtlakehouse.api.head import HeadAsGet
from rtlakehouse.api.health.endpoints import metrics_router
from rtlakehouse.api.health.metrics import LakeMetrics
from rtlakehouse.api.limits import RequestLimits
from rtlakehouse.api.live.feed import Feed
from rtlakehouse.api.openapi import describe
from rtlakehouse.api.receiving import BoundedBodies
from rtlakehouse.api.router import include_routes
from rtlakehouse.api.search.texts import released
from rtlakehouse.api.traced import Traced
from rtlakehouse.api.turns import InTurn
from rtlakehouse.assistant.model import Model
from rtlakehouse.catalog import Catalog
from rtlakehouse.catalog.appended import Appends
from rtlakehouse.clock import Clock, SystemClock
from rtlakehouse.contract.refine import Limits
from rtlakehouse.control import AlertLog, AlertMessages, Keys, Store
from rtlakehouse.errors import LakeLockedError, UsageError
from rtlakehouse.home import await_home
from rtlakehouse.query.process import Bounds
from rtlakehouse.query.workers import Workers
from rtlakehouse.search.indexes import Indexes
from rtlakehouse.search.keeper import Keeper
from rtlakehouse.search.products import BasketBounds, Baskets, Follower
from rtlakehouse.search.text import Texts, embedder_of
from rtlakehouse.settings import Settings
from rtlakehouse.storage.lake import Lake

__all__ = ["WRITES", "create_app"]

# The tables that the API writes to; all others it only reads.
WRITES = ("bronze.events",)

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
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan(settings, clock),
        generate_unique_id_function=_operation_id,
        # Looking for who would want it costs every request; `Traced` is there only where somebody does.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    errors.install(app)
    include_routes(app)
    app.include_router(metrics_router)
    page.install(app)
    reference.install(app)
    app.add_middleware(HeadAsGet)
    if is_loopback(settings.host):
        app.add_middleware(KnownHosts, hosts=known_hosts(settings.host, settings.allowed_hosts))
    # One more than may run, so that there is one to say that they do.
    app.add_middleware(InTurn, reads=settings.reads_at_once, statements=settings.query_concurrent + 1)
    app.add_middleware(BoundedBodies, event_bytes=settings.max_body_mb << 20, timeout_s=settings.receive_timeout_s)
    app.add_middleware(
        RequestLimits,
        reads_per_minute=settings.reads_per_minute,
        key_reads_per_minute=settings.key_reads_per_minute,
        posted_reads=posted_reads(app.routes),
        enabled=settings.read_limit,
        proxies=proxies_of(settings.trusted_proxies),
    )
    if tracing.is_on():
        app.add_middleware(Traced)
    app.openapi = partial(describe, app)  # type: ignore[method-assign]  # FastAPI's own way to extend the document
    return app


def _operation_id(route: APIRoute) -> str:
    return route.name


def _lifespan(settings: Settings, clock: Clock):  # type: ignore[no-untyped-def]  # starlette names no public type for it
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            lake = Lake.create(settings.lake, WRITES)
            for what in lake.damaged:
                log.error("damaged; the rest is served", what=what)
            parts = _parts(settings, clock, lake, app, stack)
            app.state.parts = parts
            app.state.lake_metrics = LakeMetrics(lake, parts.catalog, parts.feed, AlertLog(parts.store, clock), parts.products)
            yield

    return lifespan


def _parts(settings: Settings, clock: Clock, lake: Lake, app: FastAPI, stack: AsyncExitStack) -> Parts:
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
    feed = Feed(lake, catalog, clock, delay, settings.sse_clients)
    feed.start()
    stack.callback(feed.stop)
    store = Store.open(settings)
    stack.callback(store.close)
    answers = Answers(catalog, clock, delay, Cache(settings.cache_entries, settings.cache_mb << 20))
    _watch(settings, store, answers, clock, lake, stack)
    products, keeper, texts = _search(settings, catalog, clock, lake, app, stack)
    return Parts(
        settings=settings,
        clock=clock,
        lake=lake,
        catalog=catalog,
        appends=Appends(lake),
        answers=answers,
        gateway=_intake(settings, clock, lake, stack),
        feed=feed,
        limits=Limits(
            watermark=delay,
            future=timedelta(seconds=settings.future_limit_s),
            late=timedelta(seconds=settings.late_limit_s),
        ),
        workers=_workers(settings, stack),
        store=store,
        keyring=Keyring(Keys(store, clock)),
        products=products,
        keeper=keeper,
        texts=texts,
        model=_model(settings),
    )


def _watch(settings: Settings, store: Store, answers: Answers, clock: Clock, lake: Lake, stack: AsyncExitStack) -> None:
    """Evaluates alert rules and tells of alerts, in this process or in another of this lake."""
    if settings.alerts_every_s:
        evaluator = make_evaluator(settings, store, answers, clock)
        messenger = Messenger(AlertMessages(store, clock), send, clock)
        for role, every_s, work in (
            ("alerts", settings.alerts_every_s, evaluator.evaluate),
            ("notifications", min(1, settings.alerts_every_s), messenger.send_next),
        ):
            watch = Watch(lake, role, clock, every_s, work)
            watch.start()
            stack.callback(watch.stop)


def _search(
    settings: Settings, catalog: Catalog, clock: Clock, lake: Lake, app: FastAPI, stack: AsyncExitStack
) -> tuple[Follower, Keeper, Texts]:
    """The indexes that are searched, and what keeps them up to date."""
    indexes = Indexes(settings, lake, clock)
    stack.callback(indexes.close)
    bounds = BasketBounds(settings.search_members, settings.search_pairs, settings.search_memory_mb)
    spill = lake.control / "cache" / f"search-{os.getpid()}"
    products = Follower(
        lake, clock, partial(Baskets, bounds, spill), partial(indexes.make, "products"), is_followed=settings.search_every_s > 0
    )
    stack.callback(products.close)
    keeper = Keeper(settings.search_every_s, lambda: products.keep_up(catalog.latest))
    keeper.start()
    stack.callback(keeper.stop)
    texts = Texts(partial(released, app), partial(indexes.make, "texts"), embedder_of(settings, lake))
    stack.callback(texts.close)
    return products, keeper, texts


def _model(settings: Settings) -> Model | None:
    """Whom the assistant asks where its rules do not understand. Raises UsageError for an endpoint without a model."""
    if not settings.llm_url:
        return None
    if not settings.llm_model:
        raise UsageError("`llm_url` is set and `llm_model` is not; name the model to ask there.")
    key = settings.llm_key.get_secret_value() if settings.llm_key else None
    return Model(settings.llm_url, settings.llm_model, key, settings.llm_timeout_s)


def _workers(settings: Settings, stack: AsyncExitStack) -> Workers:
    bounds = Bounds(
        deadline_s=settings.query_deadline_s,
        memory_mb=settings.query_memory_mb,
        max_bytes=settings.query_result_mb << 20,
        threads=settings.query_threads,
        concurrent=settings.query_concurrent,
    )
    workers = Workers(bounds)
    workers.start()
    stack.callback(workers.close)
    return workers


def _intake(settings: Settings, clock: Clock, lake: Lake, stack: AsyncExitStack) -> Intake | None:
    """Who takes posts: of Kafka any process may, of bronze the one that has the lock; reads are served all the same."""
    if settings.source == "kafka":
        from rtlakehouse.api.events.kafka_gateway import KafkaGateway

        produces = KafkaGateway(lake, settings)
        produces.start()
        stack.callback(produces.stop)
        return produces
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
        partial(await_home, lake.control) if settings.acknowledge == "home" else None,
    )
    gateway.start()
    stack.callback(gateway.stop)
    return gateway
