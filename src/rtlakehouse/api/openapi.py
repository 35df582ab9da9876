"""The interface's own description, with what holds for every read written in one place."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from rtlakehouse.api.access.needs import roles_of
from rtlakehouse.api.errors import Problem, problems
from rtlakehouse.api.formats import TABULAR
from rtlakehouse.api.limits import is_limited
from rtlakehouse.control import Role

__all__ = ["describe"]

_SCHEMAS = "#/components/schemas/{model}"
_ORIGIN = {
    "ETag": "Hash of the question and of the versions it was answered from; send it back as `If-None-Match`.",
    "X-Lake-Versions": "The tables used and their versions; take it as `as_of` to get the same answer again.",
    "X-Watermark": "Up to when event times are complete: windows that ended by then are final.",
    "X-Data-Freshness-Ms": "How long the oldest acknowledged record that is not in the answer has waited; not for the past.",
}
_SCHEMES = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "rtl_...",
        "description": "An API key, as `rtl keys create` or POST /api/v1/keys makes it.",
    },
    "key": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "The same key, for who cannot send the other."},
}
_NEXT = '`<...>; rel="next"`: where the next page is, when there is one.'
_LIMITS = {
    "RateLimit-Limit": "Reads a minute with the key, or from the address without a good one.",
    "RateLimit-Remaining": "Reads left.",
    "RateLimit-Reset": "Seconds until there are as many again.",
}


def describe(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, made once."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        schemas = document["components"]["schemas"]
        schemas["Problem"] = Problem.model_json_schema(ref_template=_SCHEMAS)
        document["components"]["securitySchemes"] = _SCHEMES
        needed = roles_of(app.routes)
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                role = needed[operation["operationId"]]
                _secure(operation, role)
                _complete(method, operation, limited=is_limited(method.upper(), path, role))
        app.openapi_schema = document
    return app.openapi_schema


def _secure(operation: dict[str, Any], needed: Role | None) -> None:
    """What keys an operation takes, and the problems of one that it does not take."""
    if needed is None:
        operation["security"] = []
        return
    # Whoever may do without a key, where readers may: see docs/access.md.
    nothing: list[dict[str, list[str]]] = [{}] if needed is Role.READER else []
    operation["security"] = [*({name: [needed.value]} for name in _SCHEMES), *nothing]
    _may_answer(operation, 401, *([] if needed is Role.READER else [403]))


def _may_answer(operation: dict[str, Any], *statuses: int) -> None:
    found = operation["responses"] | {str(status): response for status, response in problems(*statuses).items()}
    operation["responses"] = dict(sorted(found.items()))


def _complete(method: str, operation: dict[str, Any], *, limited: bool) -> None:
    parameters = {parameter["name"] for parameter in operation.get("parameters", [])}
    responses = operation["responses"]
    # One whose answers hold for a moment says nothing of a limit itself: see `documented`.
    if method == "get" and "429" in responses:
        # What is read from no table has no versions, so none of them can be gone.
        origin = _headers(_ORIGIN if "410" in responses else {"ETag": _ORIGIN["ETag"]})
        responses["200"]["headers"] = origin
        responses["304"] = {"description": "Not Modified: what `If-None-Match` names is still the answer", "headers": origin}
    if "cursor" in parameters:
        responses["200"]["headers"] = responses["200"].get("headers", _headers(_ORIGIN)) | _headers({"Link": _NEXT})
    if "406" in responses:
        responses["200"]["content"] |= {media_type: {"schema": {"type": "string"}} for media_type in TABULAR}
    if limited and "429" not in responses:
        _may_answer(operation, 429)
    if "requestBody" in operation:
        _may_answer(operation, 408, 413)
    responses = operation["responses"]
    for status in ("429", "503"):
        if status in responses:
            limits = _LIMITS if limited and status == "429" else {}
            responses[status]["headers"] = _headers({**limits, "Retry-After": "Seconds to wait."})


def _headers(described: dict[str, str]) -> dict[str, Any]:
    return {name: {"description": text, "schema": {"type": "string"}} for name, text in described.items()}
