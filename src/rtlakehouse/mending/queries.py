"""SQL of mending. Relations are Arrow tables of the same columns as the tables that they are named after; times are in UTC."""

from __future__ import annotations

from rtlakehouse.medallion.silver import EVENTS, QUARANTINE
from rtlakehouse.medallion.table import Table

__all__ = ["ACCOUNTS", "CHANGED_EVENTS", "CHANGED_REJECTIONS", "REJECTED_AGAIN", "changed_rows", "changed_windows"]

_PRESENT = """
    present as (
        select source, topic, partition, position, 'events' as found_in, event_id, event_time, event_time as happened from events
        union all
        select source, topic, partition, position, 'duplicates', event_id, event_time, event_time from duplicates
        union all
        select source, topic, partition, position, 'quarantine', null, null, received_at from quarantine
    )"""


def _differs(table: Table, one: str, other: str) -> str:
    return " or ".join(f"{one}.{name} is distinct from {other}.{name}" for name in table.column_names)


# Of records that the rules accept: those that silver does not have so. settled: whether they count there as the same event.
# What silver lacks altogether is of any time.
CHANGED_EVENTS = f"""
    with {_PRESENT},
    same as (
        select n.ordinal from accepted as n join events as o using (source, topic, partition, position)
        where not ({_differs(EVENTS, "n", "o")})
        union all
        select n.ordinal from accepted as n join duplicates as o using (source, topic, partition, position)
        where n.tenant_id = o.tenant_id and n.event_id = o.event_id and n.event_time = o.event_time and n.is_late = o.is_late
    )
    select n.ordinal,
        coalesce(o.found_in = 'events' and o.event_id = n.event_id and o.event_time = n.event_time, false) as settled
    from accepted as n cross join span as s left join present as o using (source, topic, partition, position)
    where n.ordinal not in (select ordinal from same)
        and (o.found_in is null or (n.event_time >= s.first and n.event_time < s.last)
            or (o.event_time >= s.first and o.event_time < s.last))
    order by n.ordinal
"""

# Of records that the rules reject: those that quarantine does not have so.
CHANGED_REJECTIONS = f"""
    with {_PRESENT},
    same as (
        select n.ordinal from rejected as n join quarantine as o using (source, topic, partition, position)
        where not ({_differs(QUARANTINE, "n", "o")})
    )
    select n.ordinal
    from rejected as n cross join span as s left join present as o using (source, topic, partition, position)
    where n.ordinal not in (select ordinal from same)
        and (o.found_in is null or (o.happened >= s.first and o.happened < s.last))
    order by n.ordinal
"""

# Rows of the ledger with what the tables say became of their records.
ACCOUNTS = """
    with fates as (
        select tenant_id, source, topic, partition, position, 1 as accepted, 0 as duplicates, 0 as quarantined,
            is_late::int as late, event_time
        from events
        union all
        select tenant_id, source, topic, partition, position, 0, 1, 0, 0, null from duplicates
        union all
        select tenant_id, source, topic, partition, position, 0, 0, 1, 0, null from quarantine
    ),
    counted as (
        select l.ordinal, count(f.position) as received, coalesce(sum(f.accepted), 0) as accepted,
            coalesce(sum(f.duplicates), 0) as duplicates, coalesce(sum(f.quarantined), 0) as quarantined,
            coalesce(sum(f.late), 0) as late, min(f.event_time) as min_event_time, max(f.event_time) as max_event_time
        from ledger as l
        left join fates as f
            on f.tenant_id = l.tenant_id and f.source = l.source and f.topic = l.topic and f.partition = l.partition
                and f.position between l.first_position and l.last_position
        group by l.ordinal
    )
    select l.* replace (
            c.accepted + coalesce(l.accepted_expired, 0) as accepted,
            c.duplicates + coalesce(l.duplicates_expired, 0) as duplicates,
            c.quarantined + coalesce(l.quarantined_expired, 0) as quarantined, c.late + coalesce(l.late_expired, 0) as late,
            case when l.accepted_expired > 0 then least(c.min_event_time, l.min_event_time) else c.min_event_time end
                as min_event_time,
            case when l.accepted_expired > 0 then greatest(c.max_event_time, l.max_event_time) else c.max_event_time end
                as max_event_time),
        c.received + coalesce(l.quarantined_expired, 0) + coalesce(l.accepted_expired, 0) + coalesce(l.duplicates_expired, 0)
            = l.received as balances
    from ledger as l join counted as c using (ordinal) order by l.ordinal
"""


# A repair's records as quarantine has them once it is undone: with the reasons of the records that they are repairs of.
REJECTED_AGAIN = """
    select r.tenant_id, r.source, r.topic, r.partition, r.position, r.raw, o.reasons, o.contract_version, o.received_at
    from records as r
    join rejected as o on decode(r.key) = o.source || '-' || o.partition || '-' || o.position || '-' || o.topic
"""


def changed_windows(table: Table) -> str:
    """The windows of which `before` and `after` have not the same rows."""
    columns = ", ".join(table.column_names)
    return f"""
        select distinct window_start from (
            (select {columns} from before except all select {columns} from after)
            union all
            (select {columns} from after except all select {columns} from before))
        order by window_start
    """


def changed_rows(table: Table) -> str:
    """The rows that were `before` and are not so `now`."""
    return f"""
        select b.ordinal from before as b left join now as n using (source, topic, partition, position)
        where n.position is null or {_differs(table, "b", "n")}
        order by b.ordinal
    """
