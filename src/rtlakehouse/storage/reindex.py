"""A wish that what is searched is built anew: a note in the lake, which every process that keeps an index looks for."""

from __future__ import annotations

from pathlib import Path

from rtlakehouse.storage.durable import write_atomically
from rtlakehouse.storage.lake import Lake

__all__ = ["ask_reindex", "asked_reindex"]


def ask_reindex(lake: Lake, token: str) -> None:
    """Have every index that is of an earlier wish built anew. token: what tells this wish from others."""
    write_atomically(_path(lake), token.encode())


def asked_reindex(lake: Lake) -> str:
    """The token of the last wish; empty where there was none."""
    try:
        return _path(lake).read_text()
    except FileNotFoundError:
        return ""


def _path(lake: Lake) -> Path:
    return lake.control / "reindex"
