"""Is it alive, is it ready, how is each part, what runs here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel, Field

from rtlakehouse import __version__
from rtlakehouse.api.access import requires
from rtlakehouse.api.deps import OpenPartsOf, Parts, PartsOf
from rtlakehouse.api.errors import documented
from rtlakehouse.api.examples import example
from rtlakehouse.api.health.metrics import STATUSES, LakeMetrics
from rtlakehouse.api.parameters import NoParameters
from rtlakehouse.clock import isoformat
from rtlakehouse.contract.contract import load
from rtlakehouse.control import Role
from rtlakehouse.errors import SourceError
from rtlakehouse.home import HomeStatus, behind_s
from rtlakehouse.home import read_status as read_home_status
from rtlakehouse.ingest.kafka_status import read_status
from rtlakehouse.storage.journal_status import JournalStatus, read_statuses
from rtlakehouse.storage.lock import holder
from rtlakehouse.storage.pause import read_pause
from rtlakehouse.storage.progress import read_progress

__all__ = ["engine_part", "metrics_router", "router"]

router = APIRouter(tags=["health"])
metrics_router = APIRouter(tags=["health"])

# Records that wait this much longer than the engine's trigger mean that nobody processes them.
_STALLED_MS = 10_000

_EXAMPLE = {"schema": {"type": "string"}, "example": 'rtl_ledger_records{fate="accepted"} 1190.0\n'}
_MOMENTARY = {"Cache-Control": "no-store"}

Status = Literal["ok", "degraded", "down"]


class Part(BaseModel):
    """One part of the system, and why it is as it is."""

    model_config = example(name="data", status="ok", why="What is shown is 40 ms behind what was acknowledged.")

    name: str
    status: Status
    why: str


class Health(BaseModel):
    """The worst of the parts, and each of them."""

    status: Status
    parts: list[Part]


class Alive(BaseModel):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Ready(BaseModel):
    """Requests can be served."""

    ready: Literal[True] = True


class Release(BaseModel):
    """What runs here."""

    name: Literal["rtlakehouse"] = "rtlakehouse"
    version: str = Field(examples=["0.1.0"])
    contract_version: int = Field(examples=[1])
    lake: str = Field(examples=["/srv/lake"])


@router.get("/health/live", responses=documented(momentary=True), summary="Does the process answer?")
def health_live(response: Response, _: Annotated[NoParameters, Query()]) -> Alive:
    """For a supervisor: restart the process when this does not answer."""
    response.headers.update(_MOMENTARY)
    return Alive()


@router.get("/health/ready", responses=documented(503, momentary=True), summary="Can it serve?")
def health_ready(parts: OpenPartsOf, response: Response, _: Annotated[NoParameters, Query()]) -> Ready:
    """For a load balancer: 503, with the reason, while posts cannot be stored."""
    response.headers.update(_MOMENTARY)
    if parts.gateway and (why := parts.gateway.broken):
        raise SourceError(why)
    return Ready()


@router.get("/health", responses=documented(momentary=True), summary="How is each part, and why?")
def health(parts: OpenPartsOf, response: Response, _: Annotated[NoParameters, Query()]) -> Health:
    """API, gateway, engine, data and search, each with a reason; where events come from Kafka also its consumer, `source`, where
    the lake is at home in an object store its `home`, and once the engine has told something of gold the `journals`.
    """
    response.headers.update(_MOMENTARY)
    found = _all(parts)
    worst = max(found, key=lambda part: STATUSES.index(part.status))
    return Health(status=worst.status, parts=found)


@router.get("/version", dependencies=[requires(Role.READER)], responses=documented(momentary=True), summary="What runs here?")
def version(parts: PartsOf, response: Response, _: Annotated[NoParameters, Query()]) -> Release:
    """Release, contract and lake."""
    response.headers.update(_MOMENTARY)
    return Release(version=__version__, contract_version=load().version, lake=str(parts.lake.root))


@metrics_router.get(
    "/metrics",
    dependencies=[requires(Role.READER)],
    response_class=PlainTextResponse,
    responses={
        **documented(momentary=True),
        200: {"content": {"text/plain": _EXAMPLE}, "description": "The Prometheus text format"},
    },
    summary="Metrics for Prometheus",
)
def metrics(request: Request, parts: PartsOf, _: Annotated[NoParameters, Query()]) -> Response:
    """The Prometheus text format. Rules, alerts and a dashboard that use them are in `deploy/`."""
    lake_metrics: LakeMetrics = request.app.state.lake_metrics
    lake_metrics.update((part.name, part.status) for part in _all(parts))
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST, headers=_MOMENTARY)


def _all(parts: Parts) -> list[Part]:
    source = [_source(parts)] if parts.settings.source == "kafka" else []
    home = [_home(parts, status)] if (status := read_home_status(parts.lake.control)) else []
    statuses = read_statuses(parts.lake) if parts.settings.journals else {}
    journals = [_journals(statuses)] if statuses else []
    return [
        Part(name="api", status="ok", why="It answers."),
        _gateway(parts),
        *source,
        *home,
        engine_part(parts),
        *journals,
        _data(parts),
        _search(parts),
    ]


def _gateway(parts: Parts) -> Part:
    if parts.gateway is None:
        return Part(name="gateway", status="degraded", why="Another process takes posts for this lake.")
    if why := parts.gateway.broken:
        return Part(name="gateway", status="down", why=why)
    return Part(name="gateway", status="ok", why=f"{parts.gateway.waiting_events:,} events wait to be committed.")


def _source(parts: Parts) -> Part:
    status = read_status(parts.lake)
    if status is not None and status.trouble:
        return Part(name="source", status="down", why=status.trouble)
    if status is None or holder(parts.lake.control / "consumer.lock") is None:
        return Part(name="source", status="down", why="No consumer reads Kafka; start one with `rtl consume` or `rtl up`.")
    return Part(name="source", status="ok", why=f"{status.lag:,} records of Kafka are not in bronze yet.")


def _home(parts: Parts, status: HomeStatus) -> Part:
    """Whether the lake's home in an object store has what there is here."""
    if status.trouble:
        return Part(name="home", status="degraded", why=f"What is new is on this machine only: {status.trouble}")
    if holder(parts.lake.control / "home.lock") is None:
        return Part(
            name="home", status="degraded", why="Nobody uploads to the home; `rtl run` and `rtl up` do, with its address."
        )
    return Part(name="home", status="ok", why=f"{behind_s(status):,.1f} s of commits are not in the home yet.")


def engine_part(parts: Parts) -> Part:
    """Whether an engine works on the lake."""
    owner = holder(parts.lake.control / "engine.lock")
    if owner is None:
        return Part(name="engine", status="down", why="No engine works on this lake; start one with `rtl run` or `rtl up`.")
    if (pause := read_pause(parts.lake)) is not None:
        return Part(
            name="engine",
            status="degraded",
            why=f"Paused since {pause.at}; POST /api/v1/pipeline/resume ends that. {pause.why}".strip(),
        )
    progress = read_progress(parts.lake)
    said = f"; {progress.engine}, last batch {progress.received:,} records" if progress else ""
    return Part(name="engine", status="ok", why=f"{owner[:1].upper()}{owner[1:]}{said}.")


def _journals(statuses: Mapping[str, JournalStatus]) -> Part:
    """Whether what is told of gold gets into its tables."""
    for table, status in statuses.items():
        if status.trouble:
            return Part(name="journals", status="degraded", why=f"{table}: {status.trouble}")
    through = [status.through for status in statuses.values() if status.through is not None]
    if not through:
        return Part(name="journals", status="ok", why="Nothing of gold is final yet.")
    return Part(name="journals", status="ok", why=f"What is final of gold is told up to {isoformat(min(through))}.")


def _data(parts: Parts) -> Part:
    if parts.catalog.fault:
        return Part(name="data", status="down", why=f"{parts.catalog.fault} What was read before is still served.")
    behind = parts.catalog.behind_ms()
    progress = read_progress(parts.lake)
    usual_ms = round(progress.trigger_s * 1000) if progress else 0
    status: Status = "degraded" if behind > usual_ms + _STALLED_MS else "ok"
    return Part(name="data", status=status, why=f"What is shown is {behind:,} ms behind what was acknowledged.")


def _search(parts: Parts) -> Part:
    if parts.keeper.fault:
        return Part(name="search", status="degraded", why=f"{parts.keeper.fault} What it is of is still searched.")
    version = parts.products.silver_version
    if version is None:
        return Part(name="search", status="ok", why="The index of products is not built yet; it is when it is first needed.")
    missing = parts.catalog.latest.versions["silver.events"] - version
    return Part(name="search", status="ok", why=f"The index of products is {missing:,} versions behind silver.events.")
