"""Is it alive, is it ready, how is each part, what runs here."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel, Field

from rtlakehouse import __version__
from rtlakehouse.api.deps import Parts, PartsOf
from rtlakehouse.api.health.metrics import LakeMetrics
from rtlakehouse.contract.contract import load
from rtlakehouse.storage.lock import holder

__all__ = ["metrics_router", "router"]

router = APIRouter(tags=["health"])
metrics_router = APIRouter(tags=["health"])

# With a trigger of well under a second, records that wait this long mean that nobody processes them.
_STALLED_MS = 10_000

Status = Literal["ok", "degraded", "down"]


class Part(BaseModel):
    """One part of the system, and why it is as it is."""

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
    """Whether requests can be served."""

    ready: bool
    why: str


class Version(BaseModel):
    """What runs here."""

    name: Literal["rtlakehouse"] = "rtlakehouse"
    version: str = Field(examples=["0.1.0"])
    contract_version: int
    lake: str


@router.get("/health/live", summary="Does the process answer?")
def health_live() -> Alive:
    """For a supervisor: restart the process when this does not answer."""
    return Alive()


@router.get("/health/ready", responses={503: {"model": Ready, "description": "Not ready"}}, summary="Can it serve?")
def health_ready(parts: PartsOf, response: Response) -> Ready:
    """For a load balancer: 503 while posts cannot be stored."""
    why = parts.gateway.broken if parts.gateway else ""
    response.status_code = 503 if why else 200
    return Ready(ready=not why, why=why or "The lake is open.")


@router.get("/health", summary="How is each part, and why?")
def health(parts: PartsOf) -> Health:
    """API, gateway, engine and data, each with a reason."""
    found = [Part(name="api", status="ok", why="It answers."), _gateway(parts), _engine(parts), _data(parts)]
    worst = max(found, key=lambda part: ("ok", "degraded", "down").index(part.status))
    return Health(status=worst.status, parts=found)


@router.get("/version", summary="What runs here?")
def version(parts: PartsOf) -> Version:
    """Release, contract and lake."""
    return Version(version=__version__, contract_version=load().version, lake=str(parts.lake.root))


@metrics_router.get("/metrics", response_class=Response, summary="Metrics for Prometheus")
def metrics(request: Request) -> Response:
    """The Prometheus text format."""
    lake_metrics: LakeMetrics = request.app.state.lake_metrics
    lake_metrics.update()
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def _gateway(parts: Parts) -> Part:
    if parts.gateway is None:
        return Part(name="gateway", status="degraded", why="Another process takes posts for this lake.")
    if parts.gateway.broken:
        return Part(name="gateway", status="down", why=parts.gateway.broken)
    return Part(name="gateway", status="ok", why=f"{parts.gateway.waiting_events:,} events wait to be committed.")


def _engine(parts: Parts) -> Part:
    owner = holder(parts.lake.control / "engine.lock")
    if owner is None:
        return Part(name="engine", status="down", why="No engine works on this lake; start one with `rtl run` or `rtl up`.")
    return Part(name="engine", status="ok", why=f"{owner[:1].upper()}{owner[1:]}.")


def _data(parts: Parts) -> Part:
    behind = parts.catalog.behind_ms()
    status: Status = "degraded" if behind > _STALLED_MS else "ok"
    return Part(name="data", status=status, why=f"What is shown is {behind:,} ms behind what was acknowledged.")
