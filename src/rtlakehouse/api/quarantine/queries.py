"""SQL of the quarantine resource. A repaired record is one of bronze, its key the id of the one that it is a repair of."""

from __future__ import annotations

from rtlakehouse.contract.contract import load
from rtlakehouse.medallion.table import Table

__all__ = [
    "BY_REASON",
    "MEMBERS",
    "NEWEST",
    "OF_KEY",
    "ORIGINALS",
    "OVER_TIME",
    "PAGE",
    "RECORD",
    "REPAIRS",
    "SAME_IDS",
    "SELECTED",
    "TOTAL",
    "TOUCHED",
    "WITHIN",
    "changes",
]

# Bytes that are no UTF-8 come as hexadecimal digits after 0x; `$preview` characters of the text at most.
_DECODED = "coalesce(try(decode(raw)), '0x' || lower(hex(raw)))"
_ID = "source || '-' || partition || '-' || position || '-' || topic as id"

_REPAIRED = """
    repairs as (
        select decode(key) as id, topic as repaired_by from bronze where tenant_id = $tenant and source = 'repair'
    )
"""

PAGE = f"""
    with {_REPAIRED},
    records as (
        select {_ID}, source, topic, partition, position, received_at, reasons, contract_version, raw
        from quarantine
        where tenant_id = $tenant and ($reason is null or list_contains(reasons, $reason))
            and ($source is null or source = $source) and ($topic is null or topic = $topic)
            and ($start::timestamp is null or received_at >= $start) and ($end::timestamp is null or received_at < $end)
    )
    select records.* exclude (raw), octet_length(raw) as raw_bytes, left({_DECODED}, $preview::bigint) as raw, repaired_by
    from records left join repairs using (id)
    where $repaired::boolean is null or (repaired_by is not null) = $repaired
    order by received_at desc, source, topic, partition, position desc limit $limit offset $offset
"""

RECORD = f"""
    with {_REPAIRED},
    records as (
        select {_ID}, * from quarantine
        where tenant_id = $tenant and source = $source and topic = $topic and partition = $partition and position = $position
    )
    select source, topic, partition, position, received_at, reasons, contract_version, octet_length(raw) as raw_bytes,
        {_DECODED} as raw, try(decode(raw)) is not null as is_text, repaired_by
    from records left join repairs using (id)
"""

_RECEIVED = f"""
    received as (
        select {_ID}, reasons, received_at from quarantine
        where tenant_id = $tenant and received_at >= $start and received_at < $end
    ),
    judged as (select reasons, received_at, repaired_by is not null as is_repaired from received left join repairs using (id))
"""

BY_REASON = f"""
    with {_REPAIRED}, {_RECEIVED}
    select reason, count(*) as records, count(*) filter (where is_repaired) as repaired,
        min(received_at) as first_received_at, max(received_at) as last_received_at
    from (select unnest(reasons) as reason, received_at, is_repaired from judged)
    group by reason order by count(*) desc, reason
"""

TOTAL = f"""
    with {_REPAIRED}, {_RECEIVED}
    select count(*) as records, count(*) filter (where is_repaired) as repaired from judged
"""

OVER_TIME = """
    select time_bucket(to_seconds($step_s::bigint), received_at, $start::timestamp) as step_start, reason, count(*) as records
    from (
        select unnest(reasons) as reason, received_at from quarantine
        where tenant_id = $tenant and received_at >= $start and received_at < $end
    )
    group by all order by step_start, reason
"""

NEWEST = "select max(received_at) as newest from quarantine where tenant_id = $tenant"

# What a filter matches and no repair has taken yet: the first `$limit` by time of receipt, of so many bytes at most.
SELECTED = f"""
    with {_REPAIRED},
    records as (
        select {_ID}, * from quarantine
        where tenant_id = $tenant and ($reason is null or list_contains(reasons, $reason))
            and ($source is null or source = $source) and ($topic is null or topic = $topic)
            and ($start::timestamp is null or received_at >= $start) and ($end::timestamp is null or received_at < $end)
    ),
    matched as (
        select records.*, count(*) over () as matched,
            sum(octet_length(raw)) over (order by received_at, source, topic, partition, position) as bytes
        from records anti join repairs using (id)
        where $ids::varchar[] is null or list_contains($ids, id)
    )
    select id, tenant_id, source, topic, partition, position, reasons, raw, received_at as known_at, matched from matched
    where bytes - octet_length(raw) < $max_bytes order by received_at, source, topic, partition, position limit $limit
"""

# Quarantine has a time for each record, bronze the source's own, which a replayed file does not have. Where bronze has let go of
# the record, quarantine's stands in.
ORIGINALS = """
    select records.* exclude (known_at), case when is_there then received_at else known_at end as received_at
    from records left join (select tenant_id, source, topic, partition, position, received_at, true as is_there from bronze)
        using (tenant_id, source, topic, partition, position)
    order by ordinal
"""

SAME_IDS = """
    select tenant_id, event_id, epoch_us(event_time) as event_time_us, source, topic, partition, position
    from events semi join candidates using (tenant_id, event_id)
"""

TOUCHED = """
    select events.* from events semi join minutes on date_trunc('minute', events.event_time) = minutes.window_start
    where tenant_id = $tenant
"""

WITHIN = "select found.* from found semi join minutes using (window_start) where tenant_id = $tenant"

REPAIRS = """
    with made as (
        select topic as id, any_value(headers) as headers, count(*) as records from bronze
        where tenant_id = $tenant and source = 'repair' and topic = coalesce($id, topic) group by topic
        -- Of one whose records were all erased nothing is known any more.
        having any_value(headers) is not null
    ),
    fates as (
        select topic as id, sum(accepted)::bigint as accepted, sum(duplicates)::bigint as duplicates,
            sum(quarantined)::bigint as quarantined, sum(late)::bigint as late
        from ledger where tenant_id = $tenant and source = 'repair' group by topic
    )
    select * from made left join fates using (id) order by headers->>'$.created_at' desc, id limit $limit offset $offset
"""

OF_KEY = """
    select topic as id, any_value(headers) as headers from bronze
    where tenant_id = $tenant and source = 'repair' and headers->>'$.key' = $key group by topic
"""

_MEMBERS = ", ".join(f"json_extract_string(document, '$.{field.name}') as {field.name}" for field in load().fields)
# The contract's members of a record as texts, null where it has none or is no JSON; and the record itself as `raw`.
MEMBERS = f"""
    select ordinal, raw, {_MEMBERS}
    from (select ordinal, raw, case when json_valid(raw) then raw end as document from repair.records)
"""


def changes(table: Table) -> str:
    """Rows of a gold table that `after` has and `before` has not, each with the row of its key that `before` has."""
    key = ", ".join(table.key)
    return f"""
        with changed as (from after except all from before)
        select count(*) over () as rows, changed as now, before as then from changed left join before using ({key})
        order by {key} limit $limit
    """
