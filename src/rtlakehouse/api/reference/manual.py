"""The pages of `docs/`, as this server shows them at `/api/docs/PAGE.md`, and their sections as they are searched."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

__all__ = ["Section", "as_html", "pages", "sections", "title_of"]

# Where a wheel has them, and where a checkout does.
_PACKAGE = Path(__file__).parents[2]
_FOLDERS = (_PACKAGE / "docs", _PACKAGE.parents[1] / "docs")
_NOT_IN_ANCHORS = re.compile(r"[^\w\- ]")
_SEARCHED = ("h1", "h2", "h3")
# Written from the interface's description, whose operations are found by themselves.
_GENERATED = "api.md"


@dataclass(frozen=True)
class Section:
    """What stands under a heading, up to the next one. page: its name; anchor: of the heading; title: of the page."""

    page: str
    anchor: str
    title: str
    heading: str
    text: str


@cache
def pages() -> Mapping[str, str]:
    """Every page in Markdown, by its name as other pages link to it: `sql.md`, `adr/0024-sql-in-a-jail.md`."""
    folder = next((folder for folder in _FOLDERS if folder.is_dir()), None)
    if folder is None:
        return {}
    return {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in sorted(folder.rglob("*.md"))}


def as_html(text: str) -> str:
    """A page, each heading with the anchor by which it is linked to."""
    markdown = _markdown()
    tokens = markdown.parse(text)
    for opening, inside in pairwise(tokens):
        if opening.type == "heading_open":
            opening.attrSet("id", _anchor(_plain(inside)))
    return str(markdown.renderer.render(tokens, markdown.options, {}))


def title_of(text: str) -> str:
    """The first heading of a page."""
    return next(section.heading for section in _sections("", text))


def sections() -> Iterator[Section]:
    """The sections of every page of the manual; decisions are no part of it."""
    for name, text in pages().items():
        if "/" not in name and name != _GENERATED:
            yield from _sections(name, text)


def _sections(page: str, text: str) -> Iterator[Section]:
    title, heading, found = "", "", list[str]()
    for before, token in pairwise([Token("", "", 0), *_markdown().parse(text)]):
        if before.type == "heading_open" and before.tag in _SEARCHED:
            if heading:
                yield Section(page, _anchor(heading), title, heading, " ".join(found))
            heading, found = _plain(token), []
            title = title or heading
        elif token.type == "inline":
            found.append(_plain(token))
    if heading:
        yield Section(page, _anchor(heading), title, heading, " ".join(found))


def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark").enable("table")


def _plain(inline: Token) -> str:
    """Text without what sets it."""
    return "".join(" " if child.type == "softbreak" else child.content for child in inline.children or ())


def _anchor(heading: str) -> str:
    return _NOT_IN_ANCHORS.sub("", heading.lower()).strip().replace(" ", "-")
