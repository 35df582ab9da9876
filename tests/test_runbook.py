"""docs/runbook.md knows every error, check and health reason, and its snippets run."""

from __future__ import annotations

import ast
import asyncio
import importlib.util
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

import corpus
from markdown import blocks, pages, rows, section, spans
from oracle import Record
from rtlakehouse import errors
from rtlakehouse.api.errors import install
from rtlakehouse.api.health import endpoints as health
from rtlakehouse.clock import SystemClock
from rtlakehouse.errors import OverloadedError, RtlError
from rtlakehouse.medallion.graph import GOLD
from rtlakehouse.storage.snapshots import Snapshots
from rtlakehouse.storage.verify import CHECKS
from running import lake_with

PAGE = pages()[Path("docs/runbook.md")]
SNIPPETS = [pytest.param(text, id=text.splitlines()[0]) for text in blocks(PAGE, "python")]
ERRORS = {spans(row[0])[0]: row[1] for row in rows(section(PAGE, "Errors"))}


def status_of(name: str) -> str:
    """The status that the API answers such an error with, as the page writes it: a dash where it has none of its own."""
    kind: type[RtlError] = getattr(errors, name)
    app = FastAPI()
    install(app)

    @app.get("/")
    def fail() -> None:
        raise kind("no", 1) if issubclass(kind, OverloadedError) else kind("no")

    async def ask() -> int:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://rtl.test") as client:
            return (await client.get("/")).status_code

    status = asyncio.run(ask())
    return "-" if status == 500 else str(status)


def reasons_in(source: str) -> Iterator[str]:
    """The fixed parts of the texts that health gives as `why`."""
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    parts = (call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "Part")
    for why in (keyword.value for part in parts for keyword in part.keywords if keyword.arg == "why"):
        texts = (node.value for node in ast.walk(why) if isinstance(node, ast.Constant) and isinstance(node.value, str))
        yield from (text.strip() for text in texts if " " in text.strip())


def is_installed(snippet: str) -> bool:
    modules = (line.split()[1].split(".")[0] for line in snippet.splitlines() if line.startswith(("import ", "from ")))
    return all(importlib.util.find_spec(module) for module in modules)


def test_every_error_is_there_once_and_no_other() -> None:
    assert sorted(ERRORS) == sorted(set(errors.__all__) - {"RtlError"})


@pytest.mark.parametrize("name", sorted(ERRORS))
def test_an_error_is_answered_with_the_status_that_the_page_gives(name: str) -> None:
    # What is wrong with settings, contracts, mappings and the catalogue of metrics ends a command: no request meets it.
    never_asked = {"SettingsError", "ContractError", "MappingError", "MetricsError"}
    assert ERRORS[name] == ("-" if name in never_asked else status_of(name))


def test_every_check_of_verify_is_there_and_no_other() -> None:
    documented = [name for row in rows(section(PAGE, "Verify")) for name in spans(row[0])]
    assert sorted(documented) == sorted(["files of TABLE", *CHECKS, *(table.name for table in GOLD)])


def test_every_reason_that_health_gives_is_there() -> None:
    told = section(PAGE, "Health reasons")
    given = list(reasons_in(Path(health.__file__).read_text("utf-8")))
    assert given
    assert [reason for reason in given if reason not in told] == []


@pytest.fixture(scope="module")
def beside_a_lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a lake at `lake`, which has a snapshot."""
    folder = tmp_path_factory.mktemp("runbook")
    lake = lake_with(folder / "lake", [[Record(corpus.CASES[0].raw, 0, corpus.NOW, corpus.NOW)]])
    Snapshots(lake, SystemClock(), timedelta(), 1).write()
    return folder


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_a_snippet_runs(snippet: str, beside_a_lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not is_installed(snippet):
        pytest.skip("what it imports is not installed")
    monkeypatch.chdir(beside_a_lake)
    exec(compile(snippet, "docs/runbook.md", "exec"), {})
