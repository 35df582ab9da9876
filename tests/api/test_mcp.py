"""`rtl mcp` as the protocol's own client uses it: over standard input and over HTTP, with each caller's key."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import Client, MCPError, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.server.mcpserver.exceptions import ResourceError
from mcp.types import TextContent, TextResourceContents

from api.meaning import events_of
from api.serving import Site, until
from api.sockets import HOST, listening
from markdown import pages, rows, section, spans
from oracle import Expected
from rtlakehouse.control import Role
from rtlakehouse.mcp.lakehouse import Lakehouse

PAGE = pages()[Path("docs/mcp.md")]
COUNTING = {"sql": "select count(*) as n from silver.events"}

# A process and the SDK: two seconds of a core that is free, and many times that of one that is not.
_START_S = 120.0


def run(address: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "rtlakehouse", "mcp", "--api", address, *arguments]


def environment(key: str) -> dict[str, str]:
    return {**os.environ, "RTL_API_KEY": key}


@contextmanager
def over_http(address: str, lent: str, *arguments: str) -> Iterator[str]:
    """A server over HTTP of the API at an address, started with a key that it must not lend; where it listens."""
    with socket.create_server((HOST, 0)) as free:
        port = free.getsockname()[1]
    command = run(address, "--http", "--port", str(port), *arguments)
    with subprocess.Popen(command, env=environment(lent), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        try:
            until(lambda: listens(port), "the server listens", _START_S)
            yield f"http://{HOST}:{port}/mcp"
        finally:
            process.terminate()
    assert process.returncode in (0, -15)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


@pytest.fixture(scope="module")
def address(site: Site) -> Iterator[str]:
    with listening(site) as found:
        yield found


@pytest.fixture(scope="module")
def shared(site: Site, address: str) -> Iterator[str]:
    with over_http(address, site.key_text(Role.ADMIN, "acme")) as found:
        yield found


async def with_key(where: str, key: str | None, tool: str, headers: dict[str, str] | None = None, **arguments: Any) -> Any:
    """What a tool answers over HTTP to a caller with that key; its error as text."""
    sent = {"Authorization": f"Bearer {key}"} if key else {}
    async with (
        httpx2.AsyncClient(headers={**sent, **(headers or {})}) as http,
        Client(streamable_http_client(where, http_client=http)) as client,
    ):
        return await call(client, tool, **arguments)


def documented(heading: str) -> set[str]:
    """The names in the table under a heading of the page."""
    return {spans(row[0])[0] for row in rows(section(PAGE, heading))}


@asynccontextmanager
async def over_stdio(address: str, key: str) -> AsyncIterator[Client]:
    """A server as a host starts it, with a key in its environment."""
    server = StdioServerParameters(command=sys.executable, args=run(address)[1:], env=environment(key))
    async with Client(stdio_client(server)) as client:
        yield client


async def call(client: Client, tool: str, **arguments: Any) -> Any:
    """What a tool answers; its error as text."""
    result = await client.call_tool(tool, arguments)
    if result.is_error:
        (part,) = result.content
        assert isinstance(part, TextContent)
        return part.text
    return result.structured_content


async def resource(client: Client, uri: str) -> Any:
    (found,) = (await client.read_resource(uri)).contents
    assert isinstance(found, TextResourceContents)
    return json.loads(found.text)["answer"]


async def everything_reads_only_and_is_documented(client: Client) -> None:
    tools = (await client.list_tools()).tools
    assert all(tool.annotations and tool.annotations.read_only_hint and tool.description for tool in tools)
    assert {tool.name for tool in tools} == documented("Tools")
    fixed = {str(each.uri) for each in (await client.list_resources()).resources}
    named = {each.uri_template for each in (await client.list_resource_templates()).resource_templates}
    assert fixed | named == documented("Resources")


async def resources_are_the_apis_documents(client: Client, site: Site) -> None:
    assert await resource(client, "rtl://metrics") == site.get("/metrics-catalog")
    assert await resource(client, "rtl://metrics/gross") == site.get("/metrics-catalog/gross")
    assert await resource(client, "rtl://tables/silver.events") == site.get("/tables/silver.events/schema")
    assert {"data"} <= (await resource(client, "rtl://tables")).keys()
    assert (await resource(client, "rtl://quality"))["score"]
    with pytest.raises(MCPError, match="conversion_rate"):
        await client.read_resource("rtl://metrics/conversion_rat")


def test_over_standard_input_the_tools_and_resources_say_what_the_api_does(site: Site, address: str, expected: Expected) -> None:
    async def session() -> None:
        async with over_stdio(address, site.key_text(Role.READER)) as client:
            await everything_reads_only_and_is_documented(client)
            await resources_are_the_apis_documents(client, site)
            asked = await call(client, "ask", question="orders yesterday")
            assert asked["answer"]["badge"] == "certified_metric"
            query = {"start": asked["answer"]["query"]["from"], "end": asked["answer"]["query"]["to"], "as_of": asked["as_of"]}
            found = await call(client, "query_metrics", metrics=["orders"], **query)
            assert found["answer"]["data"] == asked["answer"]["data"]
            assert found["versions"].items() <= asked["versions"].items()
            counted = await call(
                client, "run_sql", sql="select count(*) as n from silver.events where quantity > $least", parameters={"least": 0}
            )
            assert counted["answer"]["data"] == [{"n": sum(event["quantity"] > 0 for event in events_of(expected))}]
            minute = (await call(client, "latest_kpis"))["answer"]["window"]["window_start"]
            explained = (await call(client, "explain_minute", minute=minute, events=1))["answer"]
            assert len(explained["events"]) == 1
            assert (await call(client, "minute_history", minute=minute))["answer"]["data"][-1]["version"]
            described = await call(client, "describe_table", table="gold.kpis_1m")
            assert described["answer"] == site.get("/tables/gold.kpis_1m/schema")
            assert (await call(client, "table_history", table="gold.kpis_1m", limit=1))["answer"]["next_cursor"]
            assert (await call(client, "quality"))["answer"] == site.get("/quality")
            assert (await call(client, "list_anomalies"))["answer"]["series"] > 0
            assert (await call(client, "anomaly_causes", metric="events", at=minute))["answer"]["metric"] == "events"
            assert "silver.events" in str(await call(client, "explain_sql", sql="select 1 from silver.events"))

    asyncio.run(session())


@pytest.mark.parametrize(
    ("tool", "arguments", "words"),
    [
        ("run_sql", {"sql": "drop table silver.events"}, "400 "),
        ("run_sql", {"sql": "select * from gold.kpi_1m"}, "gold.kpis_1m"),
        ("query_metrics", {"metrics": ["ordrs"]}, "orders"),
        ("describe_table", {"table": "../jobs"}, "404 "),
        ("list_tables", {"as_of": "last tuesday"}, "as_of"),
        ("run_sql", {"sql": "select 1", "limit": 100_000}, "less than or equal to 1000"),
        ("explain_minute", {"minute": "2001-01-01T00:00:00Z"}, "No event happened"),
    ],
)
def test_a_refusal_is_the_tools_error_and_says_the_fix(
    site: Site, shared: str, tool: str, arguments: dict[str, Any], words: str
) -> None:
    error = asyncio.run(with_key(shared, site.key_text(Role.READER), tool, **arguments))
    assert isinstance(error, str), error
    assert words in error


def test_over_http_each_caller_sees_the_tenant_of_its_own_key(site: Site, shared: str) -> None:
    own = asyncio.run(with_key(shared, site.key_text(Role.READER), "run_sql", None, **COUNTING))
    other = asyncio.run(with_key(shared, site.key_text(Role.READER, "acme"), "run_sql", None, **COUNTING))
    assert other["answer"]["data"] == [{"n": 20}]
    assert own["answer"]["data"][0]["n"] > 1_000
    assert "401" in asyncio.run(with_key(shared, "rtl_wrong", "list_tables"))


def test_the_servers_own_key_is_not_lent_and_who_is_elsewhere_needs_one(site: Site, shared: str) -> None:
    without = asyncio.run(with_key(shared, None, "run_sql", None, **COUNTING))
    assert without["answer"]["data"][0]["n"] > 1_000, "what the API shows to who is on this machine, not what the lent key sees"
    proxied = {"X-Forwarded-For": "203.0.113.9"}
    assert "a key is needed" in asyncio.run(with_key(shared, None, "list_tables", proxied))
    assert "answer" in asyncio.run(with_key(shared, site.key_text(Role.READER), "list_tables", proxied))


def test_nobody_there_is_said_with_the_way_to_start_one() -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(ResourceError, match="rtl up"):
        asyncio.run(Lakehouse(f"http://{HOST}:{port}").get("tables"))
