"""What mkdocs does beyond its own: the README is the home page, and links to files of the sources, which are not on the site,
show the file's path instead."""

from __future__ import annotations

import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

_LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(([^):#\s]+)(?:#[^)\s]*)?\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the home page."""
    readme = (Path(config.docs_dir).parent / "README.md").read_text(encoding="utf-8")
    files.append(File.generated(config, "index.md", content=_home(readme)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """The text with its links to the sources as paths. A link to nothing stays, for mkdocs to complain of."""
    docs = Path(config.docs_dir)
    folder = docs.parent if page.file.src_uri == "index.md" else (docs / page.file.src_uri).parent
    return _LINK.sub(lambda link: _as_path(link, folder, docs), markdown)


def _home(readme: str) -> str:
    return readme.replace("](docs/", "](").replace('="docs/', '="')


def _as_path(link: re.Match[str], folder: Path, docs: Path) -> str:
    text, path = link.groups()
    target = (folder / path).resolve()
    if not target.exists() or target.is_relative_to(docs):
        return link.group(0)
    shown = target.relative_to(docs.parent).as_posix()
    return text if text.strip("`").endswith(Path(path).name) else f"{text} (`{shown}`)"
