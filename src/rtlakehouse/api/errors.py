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
    EncodingError,
    ExpiredError,
    FeedFullError,
    ForbiddenError,
    InvariantError,
    KeyReusedError,
    NameTakenError,
    NotAcceptableError,
    NotFoundError,
    OverloadedError,
    RebuildError,
    RtlError,
    SearchError,
    SlowBodyError,
    SourceError,
    StaleError,
    StoreError,
    UnauthenticatedError,
    UsageError,
    VersionGoneError,
    WriteError,
)

__all__ = ["PROBLEM", "Problem", "documented", "install", "problem", "problems"]

log = structlog.get_logger(__name__)

PROBLEM = "application/problem+json"
_RETRY_AFTER_S = 5
_CHALLENGE = 'Bearer realm="rtlakehouse"'

_STATUS: dict[type[RtlError], int] = {
    BodyTooLargeError: 413,
    SlowBodyError: 408,
    NotAcceptableError: 406,
    EncodingError: 415,
    KeyReusedError: 422,
    NameTakenError: 409,
    RebuildError: 409,
    StaleError: 503,
    FeedFullError: 503,
    UsageError: 400,
    UnauthenticatedError: 401,
    ForbiddenError: 403,
    NotFoundError: 404,
    VersionGoneError: 410,
    ExpiredError: 410,
    OverloadedError: 429,
    SourceError: 503,
    SearchError: 503,
    StoreError: 503,
    WriteError: 503,
    InvariantError: 503,
}


# What may be said with each status, in the description of the interface.
_EXAMPLES = {
    400: "`as_of` names a table twice; name each once.",
    401: "This needs a key of role ingest. Send `Authorization: Bearer rtl_...`; `rtl keys create --role ingest` makes one.",
    403: "This needs a key of role admin, and yours is of role reader; `rtl keys create --role admin` makes one.",
    404: "There is nothing at /api/v1/window. /api/docs lists what there is.",
    406: "Accept: 'application/xml' takes none of what there is: application/json, text/csv.",
    408: "The body did not arrive within 30 s; send smaller batches.",
    409: "There is a saved query 'Sales by country' already; give this one another name, or change that one.",
    410: "silver.events version 3 was vacuumed; the oldest version that is still there is 41.",
    413: "The body is over 16,777,216 bytes; send smaller batches.",
    415: "Content-Encoding 'br' is not taken; send gzip or none.",
    421: "This API is not called 'example.com'. Ask for 127.0.0.1 or localhost, or add the name to `allowed_hosts`.",
    422: "limit: Input should be less than or equal to 1000. /api/docs shows what this takes.",
    429: "More than 60 reads a minute from 203.0.113.5; wait 12 s, or raise `reads_per_minute`.",
    503: "The data is 4,210 ms behind what was acknowledged; 1,000 were asked.",
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
    # Without this a cache may keep a 404 or 410 as long as it likes.
    return JSONResponse(body.model_dump(), status, {"Cache-Control": "no-store", **(headers or {})}, PROBLEM)


def documented(*statuses: int, momentary: bool = False) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that may answer with these problems. momentary: its answers hold for a moment, and have no ETag.

    That a read is refused when asked too often is written in `openapi.py`.
    """
    return problems(*statuses, 422, *([] if momentary else [429]))


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The description of answers that are these problems."""
    return {status: _described(status) for status in sorted(set(statuses))}


def _described(status: int) -> dict[str, Any]:
    title = HTTPStatus(status).phrase
    example = {"type": "about:blank", "title": title, "status": status, "detail": _EXAMPLES[status], "request_id": "5e1f0c9a"}
    content = {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example}
    return {"description": title, "content": {PROBLEM: content}}


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
    headers = {}
    if isinstance(error, OverloadedError):
        headers["Retry-After"] = str(max(1, round(error.retry_after_s)))
    elif status == 503:
        headers["Retry-After"] = str(_RETRY_AFTER_S)
    if status == 401:
        headers["WWW-Authenticate"] = _CHALLENGE
    if status == 408:
        # What is left of the body may never come.
        headers["Connection"] = "close"
    if status == 415:
        headers["Accept-Encoding"] = "gzip, identity"
    if status >= 500:
        log.error("request failed", path=request.url.path, error=str(error))
    return problem(status, str(error), _request_id(request), headers)


async def _framework(request: Request, error: Exception) -> JSONResponse:
    if isinstance(error.__cause__, UnicodeDecodeError):
        # The framework's own 400; what cannot be read as JSON in any other way is a 422.
        return problem(422, "body: JSON is UTF-8, and this is not. /api/docs shows what this takes.", _request_id(request))
    if isinstance(error.__cause__, RtlError):
        # What receiving the body raised; the framework makes a 400 of whatever that is.
        return await _own(request, error.__cause__)
    status = error.status_code if isinstance(error, HTTPException) else 500
    hints = {
        404: f"There is nothing at {request.url.path}. /api/docs lists what there is.",
        405: "This path takes another method.",
    }
    detail = hints.get(status) or (str(error.detail) if isinstance(error, HTTPException) else "")
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    allowed = headers.get("Allow", headers.get("allow", ""))
    if "GET" in allowed and request.method != "HEAD":
        headers = {"Allow": f"{allowed}, HEAD"}
    return problem(status, detail, _request_id(request), headers)


async def _validation(request: Request, error: Exception) -> JSONResponse:
    faults = error.errors() if isinstance(error, RequestValidationError) else []
    detail = "; ".join(f"{'.'.join(map(str, fault['loc'][1:] or fault['loc']))}: {fault['msg']}" for fault in faults)
    return problem(422, f"{detail}. /api/docs shows what this takes.", _request_id(request))


async def _unexpected(request: Request, error: Exception) -> JSONResponse:
    log.error("unexpected error", request_id=_request_id(request), path=request.url.path, exc_info=error)
    detail = "Something unexpected happened; the server's log has this request_id."
    # This answer is made outside of the middleware that adds the header to all others.
    return problem(500, detail, _request_id(request), {"X-Request-Id": _request_id(request)})
