"""The key that a request carries."""

from __future__ import annotations

from starlette.datastructures import Headers

from rtlakehouse.errors import UnauthenticatedError

__all__ = ["HOW", "key_in"]

HOW = "Send `Authorization: Bearer rtl_...`"


def key_in(headers: Headers) -> str | None:
    """The text of the key; None without one. Raises UnauthenticatedError for credentials of another kind."""
    authorization = headers.get("authorization")
    if authorization is None:
        return headers.get("x-api-key")
    scheme, _, text = authorization.partition(" ")
    if scheme.lower() != "bearer":
        raise UnauthenticatedError(f"Authorization of another kind than Bearer is not taken. {HOW}, or `X-API-Key: rtl_...`.")
    return text.strip()
