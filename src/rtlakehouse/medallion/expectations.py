"""What is expected of records and rows: the contract's rules, and what must hold within and between tables.

Rules are derived from the contract and the tables' own definitions where these say them; the rest is written here.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Literal

import pyarrow as pa

from rtlakehouse.contract.contract import WHOLE, Field, load, reasons
from rtlakehouse.medallion.bronze import EVENTS as BRONZE
from rtlakehouse.medallion.gold import KPIS_1M, PRODUCTS_1M, REVENUE_1M, SEGMENTS_1M
from rtlakehouse.medallion.gold import TABLES as GOLD
from rtlakehouse.medallion.ops import LEDGER
from rtlakehouse.medallion.silver import DUPLICATES, EVENTS, QUARANTINE
from rtlakehouse.medallion.table import Table

__all__ = ["Expectation", "Kind", "expectations"]

Kind = Literal["contract", "row", "key", "sum"]

# Of records that come from elsewhere some are always broken; more than this share under one rule is worth a look.
_TOLERATED = Decimal("0.01")
_NOTHING = Decimal(0)


@dataclass(frozen=True)
class Expectation:
    """One thing that is expected.

    name: `<table>.<what>`. rule: what must hold, for people. tolerated: share of failed rows up to which it counts as kept.
    kind: `contract`: of each record received; records that fail are in quarantine with one of `reasons`.
          `row`: of each row; `holds` is an SQL condition.
          `key`: no two rows agree in the columns that `holds` names.
          `sum`: two tables tell the same; `holds` is an SQL query, over one tenant's rows of a range, that finds the minutes in
          which they do not.
    """

    name: str
    table: str
    kind: Kind
    rule: str
    holds: str = ""
    reasons: tuple[str, ...] = ()
    tolerated: Decimal = _NOTHING


@cache
def expectations() -> tuple[Expectation, ...]:
    """Every expectation, in the order of the tables."""
    return (*_contract(), *_silver(), *_quarantine(), *_duplicates(), *_gold(), *_ledger())


def _contract() -> tuple[Expectation, ...]:
    whole = Expectation(
        f"{BRONZE.name}.record",
        BRONZE.name,
        "contract",
        "A record is a JSON object in UTF-8 of bounded size and depth.",
        "",
        WHOLE,
    )
    fields = tuple(
        Expectation(f"{BRONZE.name}.{field.name}", BRONZE.name, "contract", field.rule, "", field.reasons())
        for field in load().fields
    )
    return tuple(Expectation(**{**vars(each), "tolerated": _TOLERATED}) for each in (whole, *fields))


def _silver() -> tuple[Expectation, ...]:
    fields = tuple(
        _row(EVENTS, field.name, f"As the contract has it: {field.rule}", _holds(field))
        for field in load().fields
        if field.kind != "timestamp"
    )
    lateness = "lateness_ms = cast(floor((epoch_us(received_at) - epoch_us(event_time)) / 1000) as bigint)"
    return (
        _complete(EVENTS),
        *fields,
        _row(EVENTS, "lateness", "lateness_ms is received_at - event_time.", lateness),
        _row(EVENTS, "partition", "event_date is the UTC date of event_time.", "event_date = cast(event_time as date)"),
        _key(EVENTS, "place", ("source", "topic", "partition", "position"), "No record is accepted twice."),
    )


def _quarantine() -> tuple[Expectation, ...]:
    closed = ", ".join(f"'{reason}'" for reason in reasons(load()))
    known = f"len(reasons) > 0 and list_has_all([{closed}], reasons)"
    return (
        _complete(QUARANTINE),
        _row(QUARANTINE, "reasons", "A rejected record has at least one reason, all from the closed list.", known),
        _key(QUARANTINE, "place", ("source", "topic", "partition", "position"), "No record is rejected twice."),
    )


def _duplicates() -> tuple[Expectation, ...]:
    same = "kept_source = source and kept_topic = topic and kept_partition = partition and kept_position = position"
    return (
        _complete(DUPLICATES),
        _row(DUPLICATES, "kept", "What was kept in place of a duplicate is another record.", f"not ({same})"),
        _key(DUPLICATES, "place", ("source", "topic", "partition", "position"), "No record is a duplicate twice."),
    )


def _gold() -> tuple[Expectation, ...]:
    minute = "window_start = date_trunc('minute', window_start) and window_end = window_start + interval 1 minute"
    of_all = [
        expectation
        for table in GOLD
        for expectation in (
            _complete(table),
            _row(table, "window", "A window is a whole minute.", minute),
            _row(table, "counts", "No count is negative.", " and ".join(f"{name} >= 0" for name in _counts(table))),
            _key(table, "key", table.key, f"There is one row for each {table.grain}."),
        )
    ]
    return (*of_all, *_kpis(), *_revenue(), *_products(), *_segments())


def _kpis() -> tuple[Expectation, ...]:
    users = " and ".join(f"{name} <= active_users" for name in ("viewing_users", "cart_users", "purchasing_users"))
    counted = """
        select window_start from (
            select date_trunc('minute', event_time) as window_start, count(*) as counted from events
            where tenant_id = $tenant and event_time >= $start and event_time < $end group by 1
        ) full join (
            select window_start, events from kpis
            where tenant_id = $tenant and window_start >= $start and window_start < $end
        ) using (window_start) where counted is distinct from events
    """
    return (
        _row(
            KPIS_1M,
            "kinds",
            "Events of each kind add up to all events.",
            "page_views + add_to_carts + purchases + refunds = events",
        ),
        _row(
            KPIS_1M, "users", "Users of a kind are among the active ones, who have events.", f"{users} and active_users <= events"
        ),
        _row(
            KPIS_1M,
            "conversion",
            "There is a conversion rate where somebody viewed, and only there.",
            "(conversion_rate is null) = (viewing_users = 0) and coalesce(conversion_rate, 0) >= 0",
        ),
        _row(KPIS_1M, "late", "Late events are among the events.", "late_events <= events"),
        Expectation(f"{KPIS_1M.name}.total", KPIS_1M.name, "sum", "Each minute has as many events as silver.events.", counted),
    )


def _revenue() -> tuple[Expectation, ...]:
    money = """
        select window_start, currency from (
            select date_trunc('minute', event_time) as window_start, currency,
                sum(case when event_type = 'purchase' then price * quantity else 0 end) as bought,
                sum(case when event_type = 'refund' then price * quantity else 0 end) as returned
            from events
            where tenant_id = $tenant and event_time >= $start and event_time < $end and event_type in ('purchase', 'refund')
            group by 1, 2
        ) full join (
            select window_start, currency, gross, refunded from revenue
            where tenant_id = $tenant and window_start >= $start and window_start < $end
        ) using (window_start, currency) where bought is distinct from gross or returned is distinct from refunded
    """
    return (
        _row(
            REVENUE_1M,
            "net",
            "net is gross - refunded, neither of them negative.",
            "net = gross - refunded and gross >= 0 and refunded >= 0",
        ),
        _row(
            REVENUE_1M,
            "average",
            "There is an average order value where there is an order, and only there.",
            "(average_order_value is null) = (orders = 0)",
        ),
        Expectation(
            f"{REVENUE_1M.name}.total", REVENUE_1M.name, "sum", "Each minute has the money of silver.events, exactly.", money
        ),
    )


def _products() -> tuple[Expectation, ...]:
    return (
        _row(PRODUCTS_1M, "units", "A purchase is of one unit or more.", "units >= purchases"),
        _row(PRODUCTS_1M, "gross", "What was sold has a price of 0 or more.", "gross >= 0 and (purchases > 0 or gross = 0)"),
    )


def _segments() -> tuple[Expectation, ...]:
    return (
        _row(
            SEGMENTS_1M,
            "dimension",
            "The dimension is one of four.",
            "dimension in ('country', 'device', 'campaign', 'referrer')",
        ),
        _row(SEGMENTS_1M, "kinds", "Events of a kind are among all events.", "page_views + purchases <= events"),
    )


def _ledger() -> tuple[Expectation, ...]:
    return (
        _complete(LEDGER),
        _row(
            LEDGER,
            "balance",
            "Every record received was accepted, a duplicate or quarantined.",
            "received = accepted + duplicates + quarantined",
        ),
        _row(LEDGER, "late", "Late events are among the accepted ones.", "late <= accepted"),
        _row(
            LEDGER,
            "positions",
            "The records of an entry fit between its positions.",
            "first_position <= last_position and received <= last_position - first_position + 1",
        ),
        _key(LEDGER, "key", LEDGER.key, f"There is one row for each {LEDGER.grain}."),
    )


def _row(table: Table, what: str, rule: str, holds: str) -> Expectation:
    return Expectation(f"{table.name}.{what}", table.name, "row", rule, holds)


def _key(table: Table, what: str, columns: tuple[str, ...], rule: str) -> Expectation:
    named = [name for name in columns if name != "tenant_id"]
    return Expectation(f"{table.name}.{what}", table.name, "key", rule, ", ".join(named))


def _complete(table: Table) -> Expectation:
    needed = [column.name for column in table.columns if not column.nullable]
    there = " and ".join(f"{name} is not null" for name in needed)
    return _row(table, "complete", "Every column has a value that must have one.", there)


def _counts(table: Table) -> list[str]:
    return [column.name for column in table.columns if column.type == pa.int64()]


def _holds(field: Field) -> str:
    """The contract's rule of a field as a condition on its column of silver."""
    name = field.name
    rules = {
        "string": f"length({name}) between {field.min_length} and {field.max_length}",
        "enum": f"{name} in ({', '.join(repr(value) for value in field.values)})",
        "code": f"regexp_full_match({name}, '{field.pattern.strip('^$')}')",
        "decimal": f"{name} >= {field.minimum}",
        "integer": f"{name} between {field.minimum} and {field.maximum}",
    }
    return rules[field.kind] if field.required else f"({name} is null or {rules[field.kind]})"
