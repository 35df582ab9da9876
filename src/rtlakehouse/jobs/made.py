"""Which versions of tables a job has made, by the tables' own logs."""

from __future__ import annotations

from collections.abc import Mapping

from rtlakehouse.medallion.graph import TABLES
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.log import newest, read_commit

__all__ = ["made_since", "newest_versions"]

_BRONZE = "bronze.events"


def newest_versions(lake: Lake) -> dict[str, int]:
    """The newest version of every table."""
    return {name: newest(lake.path(name)) for name in TABLES}


def made_since(lake: Lake, before: Mapping[str, int]) -> dict[str, int]:
    """The newest version of each table that whoever holds the engine lock has committed since, who made no batch meanwhile.

    Records may have come in: they are appended to bronze by others.
    """
    found = {}
    for name, version in newest_versions(lake).items():
        own = [v for v in range(before[name] + 1, version + 1) if name != _BRONZE or _rearranges(lake, v)]
        if own:
            found[name] = own[-1]
    return found


def _rearranges(lake: Lake, version: int) -> bool:
    commit = read_commit(lake.path(_BRONZE), version)
    return commit is not None and not commit.data_change
