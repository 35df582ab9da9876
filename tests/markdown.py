"""The repository's Markdown, as the tests of the documentation read it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
NOT_OURS = {"node_modules", "build", "dist", "lake"}

_FENCE = re.compile(r"^( *)(```+|~~~+)([^\n]*)\n(.*?)^\1\2 *$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(<?([^)\s>]+)>?[^)]*\)|^\[[^\]]+\]: +<?([^\s>]+)>?", re.MULTILINE)
_HEADING = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)


@cache
def pages() -> dict[Path, str]:
    """Every Markdown file of the repository and its text."""
    found = (path.relative_to(ROOT) for path in sorted(ROOT.rglob("*.md")))
    ours = (path for path in found if not any(p in NOT_OURS or p.startswith(".") for p in path.parts))
    return {path: (ROOT / path).read_text(encoding="utf-8") for path in ours}


@cache
def manuals() -> dict[Path, str]:
    """The pages that tell what works now; the changelog may name what is gone."""
    return {path: text for path, text in pages().items() if path.name != "CHANGELOG.md"}


def blocks(text: str, language: str | None = None) -> list[str]:
    """The code blocks of a page: all, or those of a language."""
    return [match[4] for match in _FENCE.finditer(text) if language is None or match[3].strip() == language]


def spans(text: str) -> list[str]:
    """What is set as code within lines."""
    return [match[2].strip() for match in _SPAN.finditer(_FENCE.sub("", text))]


def code(text: str) -> str:
    """What a page sets as code, in blocks and in lines, each on a line of its own."""
    return "\n".join([*blocks(text), *spans(text)])


def links(text: str) -> Iterator[str]:
    """The targets of a page's links, without what is shown as code."""
    for match in _LINK.finditer(_SPAN.sub("", _FENCE.sub("", text))):
        yield match[1] or match[2]


def section(text: str, heading: str) -> str:
    """What stands under a heading, up to the next heading of any level."""
    found = list(_HEADING.finditer(text))
    start = next(i for i, match in enumerate(found) if match[1] == heading)
    end = found[start + 1].start() if start + 1 < len(found) else len(text)
    return text[found[start].end() : end]


def headings(text: str) -> list[str]:
    return [match[1] for match in _HEADING.finditer(_FENCE.sub("", text))]


def rows(text: str) -> list[list[str]]:
    """The cells of a section's table, row by row, without its head."""
    lines = [line.strip() for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]
