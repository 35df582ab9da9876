"""Errors as the one shape of RFC 9457, `application/problem+json`; the only place where an exception becomes a status."""

from __future__ import annotations

import uuid
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from rtlakehouse.errors import (
    BodyTooLargeError,
    InvariantError,
    NotFoundError,
    OverloadedError,
    RtlError,
    SlowBodyError,
    SourceError,
    StaleError,
    UsageError,
    VersionGoneError,
    WriteError,
)

__all__ = ["Problem", "documented", "install", "problem"]

log = structlog.get_logger(__name__)

_STATUS: dict[type[RtlError], int] = {
    BodyTooLargeError: 413,
    SlowBodyError: 408,
    StaleError: 503,
    UsageError: 400,
    NotFoundError: 404,
    VersionGoneError: 410,
    OverloadedError: 429,
    SourceError: 503,
    WriteError: 503,
    InvariantError: 503,
}


class Problem(BaseModel):
    """What went wrong and what to do about it."""

    type: str = Field("about:blank", description="The kind of problem, as a URI.")
    title: str = Field(description="The status in words.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What happened to this request, and the fix.")
    request_id: str = Field(description="Names this request in the server's log.")


def problem(status: int, detail: str, request_id: str = "", headers: dict[str, str] | None = None) -> JSONResponse:
    """A problem answer."""
    body = Problem(
        type="about:blank",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        request_id=request_id or uuid.uuid4().hex,
    )
    return JSONResponse(body.model_dump(), status, headers, "application/problem+json")


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that may answer with these problems besides its own."""
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {s: {"model": Problem, "description": HTTPStatus(s).phrase, "content": content} for s in (*statuses, 429)}


def install(app: FastAPI) -> None:
    """Make every error of the application a problem."""
    app.add_exception_handler(RtlError, _own)
    app.add_exception_handler(HTTPException, _framework)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(Exception, _unexpected)


def _request_id(request: Request) -> str:
    return str(request.scope.get("request_id", ""))


async def _own(request: Request, error: Exception) -> JSONResponse:
    status = next((s for kind, s in _STATUS.items() if isinstance(error, kind)), 500)
    headers = {"Retry-After": str(max(1, round(error.retry_after_s)))} if isinstance(error, OverloadedError) else {}
    if status == 503:
        headers["Retry-After"] = "5"
    if status >= 500:
        log.error("request failed", request_id=_request_id(request), path=request.url.path, error=str(error))
    return problem(status, str(error), _request_id(request), headers)


async def _framework(request: Request, error: Exception) -> JSONResponse:
    status = error.status_code if isinstance(error, HTTPException) else 500
    hints = {
        404: f"There is nothing at {request.url.path}. /api/docs lists what there is.",
        405: "This path takes another method.",
    }
    detail = hints.get(status) or (str(error.detail) if isinstance(error, HTTPException) else "")
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    return problem(status, detail, _request_id(request), headers)


async def _validation(request: Request, error: Exception) -> JSONResponse:
    faults = error.errors() if isinstance(error, RequestValidationError) else []
    detail = "; ".join(f"{'.'.join(map(str, fault['loc'][1:]))}: {fault['msg']}" for fault in faults)
    return problem(422, f"{detail}. /api/docs shows what this takes.", _request_id(request))


async def _unexpected(request: Request, error: Exception) -> JSONResponse:
    log.error("unexpected error", request_id=_request_id(request), path=request.url.path, exc_info=error)
    return problem(500, "Something unexpected happened; the server's log has this request_id.", _request_id(request))
