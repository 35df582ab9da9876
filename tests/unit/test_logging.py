"""What is logged: lines that machines read, with who and what in each, and no secret in any."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from starlette.types import Message, Receive, Scope, Send

from rtlakehouse.api.limits import RequestLimits
from rtlakehouse.observability.logging import configure
from rtlakehouse.settings import Settings

KEY = "rtl_ab12cd34_" + "x9" * 20
log = structlog.get_logger(__name__)


@pytest.fixture(autouse=True)
def printed(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """JSON to what stands for standard error, with nothing bound that another test has left; afterwards all is as before."""
    structlog.contextvars.clear_contextvars()
    monkeypatch.setattr(sys, "stderr", said := io.StringIO())
    before, handlers = structlog.get_config(), logging.getLogger().handlers
    configure(Settings(log_format="json"), "test")
    yield said
    structlog.configure(**before)
    structlog.contextvars.clear_contextvars()
    logging.getLogger().handlers = handlers


@pytest.fixture
def lines(printed: io.StringIO) -> Any:
    return lambda: [json.loads(line) for line in printed.getvalue().splitlines()]


def fail(why: str) -> None:
    raise ValueError(why)


def test_a_line_says_what_where_when_and_how_severe(lines: Any) -> None:
    log.warning("trouble", table="silver.events")
    (line,) = lines()
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "trouble", "table": "silver.events", "part": "test", "level": "warning"}


def test_a_traceback_and_what_a_library_says_are_one_line_each(lines: Any) -> None:
    try:
        fail("broken")
    except ValueError:
        log.exception("it failed")
    logging.getLogger("library").warning("told %s", "us")
    failed, told = lines()
    assert "ValueError: broken" in failed["exception"]
    assert (told["event"], told["logger"], told["part"]) == ("told us", "library", "test")


@pytest.mark.parametrize(
    ("said", "secret", "left"),
    [
        ({"what": f"the key {KEY} is not known"}, KEY, "rtl_ab12cd34_"),
        ({"url": "postgresql://user:p%40ss@db/rtl"}, "p%40ss", "postgresql://user:"),
        ({"url": "postgresql://user:p@ss@db/rtl"}, "ss@db", "@db/rtl"),
        ({"options": {"sasl.username": "me", "sasl.password": "hunter2"}}, "hunter2", "sasl.username"),
        ({"headers": ["Authorization: Bearer abc.def"]}, "abc.def", "Authorization"),
        ({"why": "cannot log in: password='hunter2', host=db"}, "hunter2", "host=db"),
        ({"api_key": "hunter2"}, "hunter2", "api_key"),
    ],
    ids=str,
)
def test_no_line_holds_a_secret(said: dict[str, Any], secret: str, left: str, printed: io.StringIO) -> None:
    log.error("said", **said)
    logging.getLogger("library").error("said %s", said)
    try:
        fail(str(said))
    except ValueError:
        log.exception("failed")
    assert len(printed.getvalue().splitlines()) == 3
    assert secret not in printed.getvalue()
    assert left in printed.getvalue()


def test_every_line_of_a_request_has_the_id_that_its_answer_has(lines: Any) -> None:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.to_thread(log.info, "at work")
        await send({"type": "http.response.start", "status": 200, "headers": []})

    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    limits = RequestLimits(application, 60, 60, [], enabled=False, proxies=[])
    asyncio.run(limits({"type": "http", "method": "GET", "path": "/", "headers": []}, receive, send))
    log.info("afterwards")
    during, after = lines()
    assert dict(sent[0]["headers"])[b"x-request-id"].decode() == during["request_id"]
    assert "request_id" not in after
