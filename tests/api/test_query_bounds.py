"""SQL over HTTP that takes too much, crashes, or is asked by one who goes away: said as what it is, and the next one runs."""

from __future__ import annotations

import itertools
import json
import signal
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import httpx
import pytest
from structlog.testing import capture_logs

from api.conftest import SiteMaker
from api.serving import DEADLINE_S, Site, until
from api.sockets import listening
from api.test_query import ask, problem, rows
from query.processes import Watch, is_gone

ENDLESS = "with recursive n(i) as (select 1 union all select i + 1 from n where i > 0) select max(i) from n"


# Each level is twice the one before it, in rows or, where the planner looks into each mention, in work.
DOUBLED = "with c0 as (select 1 as n union all select 1), " + ", ".join(
    f"c{i} as (select a.n from c{i - 1} as a, c{i - 1} as b)" for i in range(1, 25)
)
# A text that is eleven times as long with each call.
SWOLLEN = "replace(" * 28 + "'x'" + ", 'x', 'xxxxxxxxxxx')" * 28


def next_one_runs(site: Site) -> bool:
    return rows(site, "select 1 as one") == [{"one": 1}]


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor() as found:
        yield found


@pytest.mark.parametrize(
    "bomb",
    [
        ENDLESS,
        "select count(*) from bronze.events a, bronze.events b, bronze.events c, bronze.events d",
        "select count(*) from silver.events a, silver.events b, silver.events c where a.user_id||b.user_id like '%' || c.user_id",
        (
            "select count(*) from silver.events a, silver.events b, silver.events c "
            "where regexp_matches(a.user_id || b.user_id || c.user_id, '(.?){1000}x{1000}')"
        ),
    ],
)
def test_a_statement_past_its_deadline_is_ended_and_the_next_one_runs(on_copy: SiteMaker, bomb: str) -> None:
    with on_copy(query_deadline_s=0.7, query_concurrent=1) as site:
        assert "longer than 0.7 s" in problem(ask(site, bomb), 400)
        until(lambda: ask(site, "select 1 as one").status_code == 200, "the next statement is answered")


@pytest.mark.parametrize(
    "bomb",
    [
        "select string_agg(a.raw::varchar || b.raw::varchar, '') from bronze.events a, bronze.events b, bronze.events c",
        "select a.event_id, b.event_id, count(*) from silver.events a, silver.events b group by all",
        "select count(distinct a.event_id || b.event_id) from silver.events a, silver.events b",
        "select a.event_id, rank() over (order by b.event_id || a.user_id) from silver.events a, silver.events b",
        "with recursive n(s) as (select 'x' union all select s || s from n) select max(length(s)) from n",
        f"select length({SWOLLEN}) as n",
    ],
)
def test_a_statement_over_its_memory_is_ended_and_the_next_one_runs(on_copy: SiteMaker, bomb: str) -> None:
    with on_copy(query_memory_mb=64, query_deadline_s=DEADLINE_S) as site:
        assert "more than 64 MB" in problem(ask(site, bomb), 400)
        assert next_one_runs(site)


def test_common_tables_that_double_at_each_level_are_ended_and_the_next_one_runs(on_copy: SiteMaker) -> None:
    """By whichever bound they reach first."""
    with on_copy(query_memory_mb=64, query_deadline_s=0.7, query_concurrent=1) as site:
        assert "The statement " in problem(ask(site, f"{DOUBLED} select count(*) from c24"), 400)
        until(lambda: ask(site, "select 1 as one").status_code == 200, "the next statement is answered")


@pytest.mark.parametrize(
    "pattern", ["(x+x+)+y", "(x|xx)*y", "^(([a-z])+.)+[A-Z]([a-z])+$", "(((((x*)*)*)*)*)*y", "(" * 1000 + "y" + ")" * 1000]
)
def test_an_expression_that_others_backtrack_over_is_answered(site: Site, pattern: str) -> None:
    values = {"text": "x" * 60_000, "pattern": pattern}
    assert rows(site, "select regexp_matches($text, $pattern) as found", values) == [{"found": False}]


@pytest.mark.parametrize("pattern", ["((x{1,100}){1,100}){1,100}", "x{1,1000}{1,1000}", "(.*)*\\1", "(?=x)", "[", "(" * 1000])
def test_an_expression_that_is_none_or_would_be_large_is_refused(site: Site, pattern: str) -> None:
    values = {"text": "x" * 60_000, "pattern": pattern}
    assert "Invalid Input" in problem(ask(site, "select regexp_extract($text, $pattern) as found", values), 400)


def test_a_crash_in_the_middle_of_a_statement_is_the_servers_fault(on_copy: SiteMaker, threads: ThreadPoolExecutor) -> None:
    with on_copy(query_deadline_s=DEADLINE_S, query_concurrent=1) as site:
        assert next_one_runs(site)
        watch = Watch()
        with capture_logs() as logs:
            asked = threads.submit(ask, site, ENDLESS)
            until(watch.at_work, "the statement runs").send_signal(signal.SIGSEGV)
            detail = problem(asked.result(), 500)
        assert "fault of its own" in detail
        assert "Segmentation" not in detail
        assert any("Segmentation fault" in line.get("stderr", "") for line in logs)
        assert next_one_runs(site)


def test_a_client_that_goes_away_ends_its_statement(on_copy: SiteMaker) -> None:
    """The deadline is far off, so only the client's going can end it."""
    with on_copy(query_deadline_s=10 * DEADLINE_S, query_concurrent=1) as site, listening(site) as address:
        assert next_one_runs(site)
        watch = Watch()
        with socket.create_connection((urlsplit(address).hostname, urlsplit(address).port)) as client:
            client.sendall(_posted(ENDLESS))
            process = until(watch.at_work, "the statement runs")
        until(lambda: is_gone(process), "its process is gone")
        until(lambda: ask(site, "select 1 as one").status_code == 200, "the next statement has its place")


def _posted(sql: str) -> bytes:
    body = json.dumps({"sql": sql}).encode()
    head = (
        f"POST /api/v1/query HTTP/1.1\r\nHost: rtl.test\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def test_more_statements_than_may_run_at_once_are_sent_away(on_copy: SiteMaker, threads: ThreadPoolExecutor) -> None:
    with on_copy(query_deadline_s=2, query_concurrent=1) as site:
        other = (f"select {n}" for n in itertools.count())

        def taken() -> httpx.Response | None:
            answer = ask(site, ENDLESS)
            return None if answer.status_code == 429 else answer

        def refused() -> httpx.Response | None:
            answer = ask(site, next(other))
            return answer if answer.status_code == 429 else None

        slow = threads.submit(until, taken, "the endless one is run")
        assert until(refused, "another is sent away").headers["Retry-After"] == "1"
        assert "longer than 2 s" in problem(slow.result(), 400)
