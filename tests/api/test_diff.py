"""What differs between two versions of a table, against the rows of both as they are."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from api.conftest import SiteMaker
from api.serving import Site
from rtlakehouse.api.formats import plain
from rtlakehouse.clock import SystemClock, isoformat
from rtlakehouse.medallion.graph import TABLES
from rtlakehouse.storage.log import read_commit
from rtlakehouse.storage.maintenance import Limits, Maintenance

KPIS, SILVER, LEDGER = "gold.kpis_1m", "silver.events", "ops.ledger"
Rows = dict[tuple[Any, ...], dict[str, Any]]


def diffed(site: Site, table: str, before: Any = None, after: Any = None, **more: Any) -> dict[str, Any]:
    """The answer about two versions, by number or time."""
    span: dict[str, Any] = {name: value for name, value in (("from", before), ("to", after)) if value is not None}
    found: dict[str, Any] = site.get(f"/tables/{table}/diff", **span | more)
    return found


def rows_at(site: Site, table: str, version: int) -> Rows:
    """The tenant's rows of a version by their key, as JSON has them."""
    rows = ({n: plain(v) for n, v in row.items()} for row in site.lake.read(table, version).to_pylist())
    return {tuple(row[name] for name in TABLES[table].key): row for row in rows if row["tenant_id"] == "default"}


def differences(site: Site, table: str, before: int, after: int) -> list[dict[str, Any]]:
    """What the rows of both versions say, in no order."""
    old, new = rows_at(site, table, before), rows_at(site, table, after)
    found = []
    for key in old.keys() | new.keys():
        b, a = old.get(key), new.get(key)
        if b and a and b != a:
            b, a = ({n: side[n] for n in side if old[key][n] != new[key][n]} for side in (b, a))
        if b != a:
            change = "added" if b is None else "removed" if a is None else "changed"
            found.append({"change": change, "key": dict(zip(TABLES[table].key, key, strict=True)), "before": b, "after": a})
    return found


def walked(site: Site, path: str, **parameters: Any) -> list[dict[str, Any]]:
    """The rows of all pages, whose counts must be the same."""
    found: list[dict[str, Any]] = []
    counts = site.get(path, **parameters)["counts"]
    while True:
        document = site.get(path, **parameters)
        assert document["counts"] == counts
        found += document["data"]
        if document["next_cursor"] is None:
            return found
        parameters["cursor"] = document["next_cursor"]


@pytest.mark.parametrize("table", [KPIS, SILVER, "silver.quarantine", "gold.revenue_1m"])
def test_a_diff_is_what_the_rows_of_both_versions_say(site: Site, table: str) -> None:
    newest = site.lake.version(table)
    for before, after in ((newest - 2, newest), (9, 5)):
        found = diffed(site, table, before, after, limit=1_000)
        wanted = differences(site, table, before, after)
        assert sorted(found["data"], key=repr) == sorted(wanted, key=repr)
        counted = {kind: sum(each["change"] == kind for each in wanted) for kind in ("added", "removed", "changed")}
        assert (found["counts"], found["from_version"], found["to_version"]) == (counted, before, after)


def test_pages_are_in_the_order_of_the_key_and_a_kind_can_be_asked_for_alone(site: Site) -> None:
    span: dict[str, Any] = {"from": 9, "to": 5, "limit": 70}
    found = walked(site, f"/tables/{KPIS}/diff", **span)
    assert sorted(found, key=repr) == sorted(differences(site, KPIS, 9, 5), key=repr)
    assert [row["key"]["window_start"] for row in found] == sorted(row["key"]["window_start"] for row in found)
    for kind in ("added", "removed", "changed"):
        assert walked(site, f"/tables/{KPIS}/diff", change=kind, **span) == [row for row in found if row["change"] == kind]


def test_only_the_files_that_one_version_has_and_the_other_has_not_are_read(site: Site) -> None:
    for before, after in ((7, 9), (0, 3)):
        old, new = (site.lake.files(KPIS, version) for version in (before, after))
        unlike = [(old | new)[path] for path in old.keys() ^ new.keys()]
        found = diffed(site, KPIS, before, after, limit=1)
        assert found["read"] == {"files": len(unlike), "rows": sum(file.rows for file in unlike)}


def test_versions_may_be_named_by_time_and_by_what_is_the_default(site: Site) -> None:
    first, last = (isoformat(moment.timestamp) for v in (3, 6) if (moment := read_commit(site.lake.path(LEDGER), v)))
    by_time = diffed(site, KPIS, first, last)
    assert by_time["data"]
    assert diffed(site, KPIS, by_time["from_version"], by_time["to_version"])["data"] == by_time["data"]
    alone = diffed(site, KPIS, after=5)
    assert (alone["from_version"], alone["to_version"]) == (4, 5)
    assert diffed(site, KPIS, as_of=f"{KPIS}=5") == alone
    assert diffed(site, KPIS, after=0)["data"] == []


def test_what_upkeep_rearranged_is_no_difference_and_what_vacuum_took_is_gone(on_copy: SiteMaker) -> None:
    with on_copy() as site:
        before = site.lake.version(SILVER)
        upkeep = Maintenance(site.lake, SystemClock(), Limits(compact_files=2, log_commits=10_000))
        assert upkeep.compact(SILVER)
        after = site.lake.version(SILVER)
        found = diffed(site, SILVER, before, after)
        assert set(found["counts"].values()) == {0}
        assert found["read"]["rows"] > 0
        site.engine.reopen()
        site.post(b"broken")
        site.refine()
        earlier = diffed(site, SILVER, before - 1, after, limit=1_000)
        assert sorted(earlier["data"], key=repr) == sorted(differences(site, SILVER, before - 1, after), key=repr)
    upkeep.vacuum(SILVER, retention=timedelta(0))
    with on_copy() as site:
        assert "was vacuumed" in diffed(site, SILVER, before, after, status=410)["detail"]
