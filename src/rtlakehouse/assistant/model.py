"""A language model behind an endpoint that speaks OpenAI's protocol: asked for text, within bounds, never trusted."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import httpx
import msgspec

from rtlakehouse.assistant.prompting import Message
from rtlakehouse.errors import ModelError

__all__ = ["Model"]

# What a question comes to is some hundred bytes; a model that reasons aloud writes more.
_MOST_BYTES = 256 << 10
# Questions wait for the model and not for a thread, so this bounds what a model that hangs can cost.
_AT_ONCE = 16


class _Message(msgspec.Struct):
    content: str | None = None


class _Choice(msgspec.Struct):
    message: _Message


class _Completion(msgspec.Struct):
    choices: list[_Choice]


class Model:
    """The model `name` of the endpoint at `url`, as `http://localhost:11434/v1`. timeout_s: of a whole answer."""

    def __init__(self, url: str, name: str, key: str | None, timeout_s: float) -> None:
        self._url = f"{url.rstrip('/')}/chat/completions"
        self._name = name
        # What is compressed may be of any size.
        self._headers = {"Accept-Encoding": "identity", **({"Authorization": f"Bearer {key}"} if key else {})}
        self._timeout_s = timeout_s
        self._certificates = httpx.create_ssl_context()
        self._asked = 0

    async def complete(self, messages: Sequence[Message]) -> str:
        """What the model writes. Raises ModelError, which says why, where it writes nothing that can be used."""
        if self._asked >= _AT_ONCE:
            raise ModelError(f"The model has {_AT_ONCE} questions to answer already.")
        self._asked += 1
        try:
            async with asyncio.timeout(self._timeout_s):
                return _text(await self._sent(messages))
        except TimeoutError as error:
            raise ModelError(f"The model did not answer within {self._timeout_s:g} s.") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ModelError("The endpoint of the model cannot be reached, or broke off.") from error
        finally:
            self._asked -= 1

    async def _sent(self, messages: Sequence[Message]) -> bytes:
        body = {"model": self._name, "messages": messages, "stream": False}
        # The whole has a deadline, so no part of it needs one.
        async with (
            httpx.AsyncClient(verify=self._certificates, headers=self._headers, timeout=None) as client,  # noqa: S113
            client.stream("POST", self._url, json=body) as response,
        ):
            if response.status_code != httpx.codes.OK:
                raise ModelError(f"The endpoint of the model answered with status {response.status_code}.")
            found = bytearray()
            async for part in response.aiter_raw():
                found += part
                if len(found) > _MOST_BYTES:
                    raise ModelError(f"The endpoint of the model answered with more than {_MOST_BYTES:,} bytes.")
            return bytes(found)


def _text(body: bytes) -> str:
    """What is said in the first choice of a completion."""
    try:
        completion = msgspec.json.decode(body, type=_Completion)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ModelError("The endpoint of the model answered with what is no completion.") from error
    text = completion.choices[0].message.content if completion.choices else None
    if text is None:
        raise ModelError("The model wrote no text.")
    return text
