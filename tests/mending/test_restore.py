"""Restore: the records of a range as silver had them, everything else as it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mending.lakes import DAY, RULES, STRICT, backfilled, refined, shop
from rtlakehouse.errors import NotFoundError, RebuildError, UsageError, VersionGoneError
from rtlakehouse.ingest.records import DEFAULT_TENANT
from rtlakehouse.mending import Restore, Target, batch_at
from rtlakehouse.storage.lake import Lake
from running import append, broken, drain, engine_on
from shapes import found_in

COUNT = 120


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """By stricter rules than those of today."""
    return refined(tmp_path / "lake", [shop(COUNT)[:80]], STRICT)


def restored(lake: Lake, name: str, version: int, **how: Any) -> tuple[list[dict[str, Any]], str]:
    target = Target(name, version, batch_at(lake, name, version))
    restore = Restore(lake, RULES, DAY, target, tenant_id=DEFAULT_TENANT, **how)
    return [row for act in restore.acts() for row in act()], restore.token


def test_a_restore_takes_a_backfill_back_and_leaves_what_came_after(lake: Lake) -> None:
    before, version = found_in(lake), lake.version("silver.events")
    backfilled(lake)
    engine = engine_on(lake)
    append(lake, shop(COUNT)[80:])
    drain(engine)
    after = found_in(lake)
    would, token = restored(lake, "silver.events", version, dry_run=True)
    assert found_in(lake) == after
    did, _ = restored(lake, "silver.events", version, token=token)
    assert [row["detail"].removeprefix("would ") for row in would] == [row["detail"] for row in did]
    assert broken(lake) == []
    assert {p: e for p, e in found_in(lake).silver.items() if p[-1] < 80} == before.silver
    assert {p: e for p, e in found_in(lake).quarantine.items() if p[-1] < 80} == before.quarantine
    since = {p: e for p, e in found_in(lake).silver.items() if p[-1] >= 80}
    made_room = since.keys() - after.silver.keys()
    assert made_room <= after.duplicates.keys()
    assert {p: e for p, e in since.items() if p not in made_room} == {p: e for p, e in after.silver.items() if p[-1] >= 80}
    (nothing,), _ = restored(lake, "silver.events", version)
    assert nothing["detail"].startswith("Nothing differs")
    engine.reopen()
    drain(engine)
    engine.close()
    assert broken(lake) == []


def test_only_what_was_shown_is_done(lake: Lake) -> None:
    version = lake.version("gold.kpis_1m")
    backfilled(lake)
    _, token = restored(lake, "gold.kpis_1m", version, dry_run=True)
    now = found_in(lake)
    with pytest.raises(RebuildError, match="Look again"):
        restored(lake, "gold.kpis_1m", version, token=token[::-1])
    assert found_in(lake) == now
    restored(lake, "gold.kpis_1m", version, token=token)
    with pytest.raises(RebuildError, match="Look again"):
        restored(lake, "gold.kpis_1m", version, token=token)


def test_what_cannot_be_restored_says_why(lake: Lake) -> None:
    with pytest.raises(UsageError, match="never taken back"):
        batch_at(lake, "bronze.events", 0)
    with pytest.raises(NotFoundError, match="its newest is 1"):
        batch_at(lake, "silver.events", 7)
    with pytest.raises(VersionGoneError, match="since version 1"):
        batch_at(lake, "silver.events", 0)
    version = lake.version("silver.events")
    backfilled(lake)
    for path in (lake.path("silver.events") / file for file in lake.files("silver.events", version)):
        path.unlink()
    with pytest.raises(VersionGoneError, match="vacuumed"):
        restored(lake, "silver.events", version)
