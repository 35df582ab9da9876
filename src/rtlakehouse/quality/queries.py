"""SQL of quality, made of the expectations. A relation is called as its table is; times are naive UTC.

`$tenant`, `$start` and `$end` choose the rows of tables that have a time; the ledger, which is small, is always looked at whole.
"""

from __future__ import annotations

from collections.abc import Mapping

from rtlakehouse.medallion.expectations import Expectation, expectations
from rtlakehouse.medallion.graph import GOLD, JOURNALS, TABLES

__all__ = ["BALANCE", "BROKEN", "COUNTS", "LATENESS", "NEWEST", "PLACE", "TIME", "WAITS", "failing", "relation"]

# Rows that a broken expectation shows of those that break it.
_SAMPLE = 5

# The time by which a table's rows belong to a range.
TIME: Mapping[str, str] = {
    "silver.events": "event_time",
    "silver.quarantine": "received_at",
    "silver.duplicates": "event_time",
    **{table.name: "window_start" for table in GOLD},
    **{table.name: "told_at" for table in JOURNALS},
}
# What says where a row is.
PLACE: Mapping[str, tuple[str, ...]] = {
    name: tuple(column for column in table.key if column != "tenant_id") for name, table in TABLES.items()
}
# What a table last tells of.
_LATEST: Mapping[str, str] = {
    "bronze.events": "coalesce(received_at, ingested_at)",
    "ops.ledger": "max_event_time",
    **TIME,
    **{table.name: "window_end" for table in GOLD},
}


def relation(table: str) -> str:
    """The name under which statements read a table."""
    definition = TABLES[table]
    return "bronze" if definition.layer == "bronze" else definition.short_name.removesuffix("_1m")


def failing(expectation: Expectation) -> str:
    """The condition of the rows that break it; for the contract's rules, of those in quarantine."""
    if expectation.kind == "contract":
        listed = ", ".join(f"'{reason}'" for reason in expectation.reasons)
        return f"list_has_any(reasons, [{listed}])"
    return f"not coalesce({expectation.holds}, false)"


def _chosen(table: str) -> str:
    time = TIME.get(table)
    return "tenant_id = $tenant" + (f" and {time} >= $start and {time} < $end" if time else "")


def _read(expectation: Expectation) -> str:
    """The table whose rows are looked at."""
    return "silver.quarantine" if expectation.kind == "contract" else expectation.table


def _counts(table: str) -> str:
    """How many rows there are, and how many break each expectation of single rows, in the order of `of_rows`."""
    looked_at = [each for each in expectations() if each.kind in ("contract", "row") and _read(each) == table]
    failed = "".join(f',\n    count(*) filter (where {failing(each)}) as "{each.name}"' for each in looked_at)
    return f"select count(*) as examined{failed}\nfrom {relation(table)} where {_chosen(table)}"


def _broken(expectation: Expectation) -> str:
    """Where an expectation is broken, all of it."""
    table = _read(expectation)
    if expectation.kind == "sum":
        return expectation.holds
    place = ", ".join(PLACE[table])
    rows = f"select {place} from {relation(table)} where {_chosen(table)}"
    if expectation.kind == "key":
        return f"{rows} group by {place} having count(*) > 1"
    return f"{rows} and {failing(expectation)}"


def _sampled(expectation: Expectation) -> str:
    return f"select *, count(*) over () as failed from ({_broken(expectation)}) as broken order by all limit {_SAMPLE}"


# By table.
COUNTS: Mapping[str, str] = {table: _counts(table) for table in (*TIME, "ops.ledger")}
NEWEST: Mapping[str, str] = {
    table: f"select max({latest}) as newest from {relation(table)} where tenant_id = $tenant" for table, latest in _LATEST.items()
}
# By expectation: places where it is broken, each with how many there are in all.
BROKEN: Mapping[str, str] = {each.name: _sampled(each) for each in expectations()}

# `sums` is the ledger added up in parts: see `Snapshot.ledger_sums`.
BALANCE = """
    select coalesce(sum(received), 0)::bigint as received,
        coalesce(sum(received) - sum(accepted) - sum(duplicates) - sum(quarantined), 0)::bigint as difference
    from sums where tenant_id = $tenant
"""

# Events by how long after they happened they were received, in whole milliseconds rounded up: those that a watermark of so many
# would not have called late.
_WAITED = """
    select (greatest(epoch_us(received_at) - epoch_us(event_time), 0) + 999) // 1000 as waited_ms, count(*) as number,
        count(*) filter (where is_late) as late
    from events where tenant_id = $tenant and event_time >= $start and event_time < $end group by 1
"""
LATENESS = f"""
    with waits as ({_WAITED}), marks as (select unnest($marks::bigint[]) as watermark_ms)
    select watermark_ms, coalesce(sum(number) filter (where waited_ms <= watermark_ms), 0)::bigint as in_time
    from marks left join waits on true group by watermark_ms order by watermark_ms
"""
WAITS = f"""
    with waits as ({_WAITED}), summed as (
        select waited_ms, sum(number) over (order by waited_ms)::bigint as so_far, sum(number) over ()::bigint as events
        from waits
    ),
    shares as (select unnest($shares::decimal(9, 6)[]) as share)
    select share, min(waited_ms) as waited_ms, any_value(events) as events,
        (select coalesce(sum(late), 0) from waits)::bigint as late
    from shares left join summed on so_far >= share * events group by share order by share
"""
