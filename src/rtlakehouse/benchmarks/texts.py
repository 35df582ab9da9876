"""How well texts are found by words: the metric that a question is about, and the page that helps."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

from rtlakehouse.api.app import create_app
from rtlakehouse.api.search.texts import released
from rtlakehouse.assistant.evaluation.cases import cases
from rtlakehouse.benchmarks.figure import Figure, Limit
from rtlakehouse.search.memory import MemoryIndex
from rtlakehouse.search.text import Embedder, Kind, Lexical, Texts, embedder_of
from rtlakehouse.settings import Settings
from rtlakehouse.storage.lake import Lake

__all__ = ["text_figures"]

# What people ask a manual, and the page that answers it; written down before it was tried.
_PAGES = {
    "how do I make an API key": "access.md",
    "the disk is full": "runbook.md",
    "deploy to a kubernetes cluster": "kubernetes.md",
    "copy the lake to S3": "object-stores.md",
    "tell me when revenue drops": "alerts.md",
    "what counts as a late event": "semantics.md",
    "which functions may I call in SQL": "sql.md",
    "connect an AI agent": "mcp.md",
    "predict next week's orders": "forecasts.md",
    "recommend products that go together": "search.md",
    "where does a column come from": "lineage.md",
    "fix rejected records": "quality.md",
    "how fast is it": "benchmarks.md",
    "run it in docker": "containers.md",
    "prometheus and grafana": "monitoring.md",
    "push updates to a browser as they happen": "live.md",
    "use it from a python script": "client.md",
    "one machine is not enough": "scaling.md",
    "software bill of materials": "supply-chain.md",
    "strange traffic at night": "anomalies.md",
}
_FIRST = 3


def text_figures(folder: Path) -> Iterator[Figure]:
    """Of each way to embed texts that is installed, how often what is meant is among the first."""
    ways: dict[str, Callable[[Sequence[str]], Embedder]] = {"words": Lexical}
    chosen = embedder_of(Settings(lake=folder), Lake.create(folder))
    if chosen is not Lexical:
        ways["model"] = chosen
    for name, make in ways.items():
        yield from _figures(name, make)


def _figures(name: str, make: Callable[[Sequence[str]], Embedder]) -> Iterator[Figure]:
    app = create_app(Settings())
    metrics = {case.ask: case.expected.question.metrics[0] for case in cases() if case.expected}
    began = time.process_time()
    with closing(Texts(lambda: released(app), MemoryIndex, make)) as texts:
        texts.find("orders", 1, None, "", ())
        yield Figure(f"search_texts_{name}_built", f"texts embedded by {name}", time.process_time() - began, "s")
        asked_for: tuple[tuple[Kind, dict[str, str]], ...] = (("metric", metrics), ("page", _PAGES))
        for kind, wanted in asked_for:
            found = {asked: _found(texts, asked, kind) for asked in wanted}
            first, among = (sum(wanted[asked] in names[:most] for asked, names in found.items()) for most in (1, _FIRST))
            beside = [Limit("first of all", 100 * first / len(wanted), "%"), Limit("questions", len(wanted), "questions")]
            what = f"the {kind} that is meant is among the first {_FIRST}, by {name}"
            yield Figure(f"search_texts_{name}_{kind}", what, 100 * among / len(wanted), "%", beside=beside)


def _found(texts: Texts, asked: str, kind: Kind) -> list[str]:
    return [each.text.name.partition("#")[0] for each in texts.find(asked, _FIRST, kind, "", ())]
