"""What changes something does so once, however often a request is sent: `once: OnceOf` among a route's parameters."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Depends, Request
from pydantic import BaseModel

from rtlakehouse.api.access import CallerOf
from rtlakehouse.api.deps import PartsOf
from rtlakehouse.api.parameters import idempotency_key
from rtlakehouse.control import Requests

__all__ = ["Once", "OnceOf"]

_KEY = idempotency_key(
    "5f0c2a1e-24-november",
    "A request with the key of one that the same API key sent within a day is answered as that was, and changes nothing.",
)

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class Once:
    """A request that may name itself by a key. what: what it is sent to. key: None where it does not."""

    requests: Requests
    key: str | None
    what: str

    def answer(self, model: type[Model], body: BaseModel | None, do: Callable[[], Model]) -> Model:
        """What `do` answers; where the request came before, what it was answered then. Raises as `do`, and KeyReusedError.

        What `do` writes to the control store is kept with its answer, or neither is. It must write nothing secret into it.
        """
        if self.key is None:
            return do()
        kept = self.requests.once(self.key, self._digest(body), lambda: do().model_dump(mode="json", by_alias=True))
        return model.model_validate(kept)

    def known(self, model: type[Model], body: BaseModel | None) -> Model | None:
        """What the request was answered before, where it was; for what has to look at something first. Raises KeyReusedError."""
        kept = None if self.key is None else self.requests.known(self.key, self._digest(body))
        return None if kept is None else model.model_validate(kept)

    def _digest(self, body: BaseModel | None) -> str:
        sent = body.model_dump_json(by_alias=True) if body is not None else ""
        return hashlib.blake2b(f"{self.what}\n{sent}".encode(), digest_size=16).hexdigest()


def once_of(request: Request, parts: PartsOf, caller: CallerOf, key: Annotated[str | None, _KEY] = None) -> Once:
    requests = Requests(parts.store, parts.clock, caller.tenant_id, caller.who)
    return Once(requests, key, f"{request.method} {request.url.path}")


OnceOf = Annotated[Once, Depends(once_of)]
