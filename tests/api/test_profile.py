"""What a table's columns hold, against the rows themselves."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from api.serving import Site
from rtlakehouse.api.formats import plain
from rtlakehouse.api.tables import profile
from rtlakehouse.medallion.graph import TABLES

KPIS, SILVER = "gold.kpis_1m", "silver.events"


def values_of(site: Site, table: str, column: str) -> list[Any]:
    rows = site.lake.read(table).to_pylist()
    return [row[column] for row in rows if row["tenant_id"] == "default" and row[column] is not None]


def column_of(found: dict[str, Any], name: str) -> dict[str, Any]:
    (column,) = [column for column in found["columns"] if column["name"] == name]
    return dict(column)


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        (SILVER, ("price", "event_time", "event_type", "order_id")),
        (KPIS, ("events", "conversion_rate")),
        ("ops.ledger", ("late",)),
    ],
)
def test_a_profile_is_what_the_rows_of_the_tenant_say(site: Site, table: str, columns: tuple[str, ...]) -> None:
    found = site.get(f"/tables/{table}/profile")
    assert [column["name"] for column in found["columns"]] == list(TABLES[table].column_names)
    assert found["rows"] == len(values_of(site, table, "tenant_id"))
    assert found["is_complete"]
    for name in columns:
        column, values = column_of(found, name), values_of(site, table, name)
        assert (column["nulls"], column["distincts"]) == (found["rows"] - len(values), len(set(values)))
        assert (column["lowest"], column["highest"]) == (plain(min(values)), plain(max(values)))
        counts = {plain(value): count for value, count in Counter(values).items() if count > 1}
        assert [each["rows"] for each in column["frequent"]] == sorted(counts.values(), reverse=True)[:5]
        assert all(counts[each["value"]] == each["rows"] for each in column["frequent"])


def test_quantiles_are_of_numbers_and_times_and_in_order(site: Site) -> None:
    found = site.get(f"/tables/{SILVER}/profile")
    measured = {column["name"] for column in found["columns"] if column["quantiles"]}
    assert {"price", "quantity", "event_time", "lateness_ms", "event_date"} <= measured
    assert not {"user_id", "is_late", "extras"} & measured
    lateness = sorted(values_of(site, SILVER, "lateness_ms"))
    told = column_of(found, "lateness_ms")["quantiles"]
    for name, share in (("p05", 0.05), ("p50", 0.5), ("p95", 0.95)):
        at_or_below = sum(value <= told[name] for value in lateness) / len(lateness)
        below = sum(value < told[name] for value in lateness) / len(lateness)
        assert below <= share <= at_or_below


def test_bytes_and_lists_have_no_bounds(site: Site) -> None:
    found = site.get("/tables/silver.quarantine/profile")
    raw, reasons = column_of(found, "raw"), column_of(found, "reasons")
    assert (raw["lowest"], raw["highest"], raw["frequent"]) == (None, None, [])
    assert (reasons["lowest"], reasons["highest"]) == (None, None)
    assert all(isinstance(each["value"], list) for each in reasons["frequent"])


def test_of_a_large_table_the_files_written_last_are_looked_at(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profile, "MOST_ROWS", 200)
    found = site.get(f"/tables/{SILVER}/profile", as_of=f"{SILVER}=9")
    assert (found["rows"], found["is_complete"]) == (200, False)
    batches = sorted(values_of(site, SILVER, "received_at"))
    assert column_of(found, "received_at")["highest"] < plain(batches[-1])
    assert column_of(found, "received_at")["distincts"] == 2
