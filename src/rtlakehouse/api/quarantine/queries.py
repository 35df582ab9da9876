"""SQL of the quarantine resource."""

__all__ = ["BY_REASON", "NEWEST", "OVER_TIME", "PAGE", "RECORD", "TOTAL"]

# Bytes that are no UTF-8 come as hexadecimal digits after 0x; `$preview` characters of the text at most.
_DECODED = "coalesce(try(decode(raw)), '0x' || lower(hex(raw)))"

PAGE = f"""
    select source || '-' || partition || '-' || position || '-' || topic as id, source, topic, partition, position, received_at,
        reasons, contract_version, octet_length(raw) as raw_bytes, left({_DECODED}, $preview::bigint) as raw
    from quarantine
    where tenant_id = $tenant and ($reason is null or list_contains(reasons, $reason))
        and ($source is null or source = $source) and ($topic is null or topic = $topic)
        and ($start::timestamp is null or received_at >= $start) and ($end::timestamp is null or received_at < $end)
    order by received_at desc, source, topic, partition, position desc limit $limit offset $offset
"""

RECORD = f"""
    select source, topic, partition, position, received_at, reasons, contract_version, octet_length(raw) as raw_bytes,
        {_DECODED} as raw, try(decode(raw)) is not null as is_text
    from quarantine
    where tenant_id = $tenant and source = $source and topic = $topic and partition = $partition and position = $position
"""

BY_REASON = """
    select reason, count(*) as records, min(received_at) as first_received_at, max(received_at) as last_received_at
    from (
        select unnest(reasons) as reason, received_at from quarantine
        where tenant_id = $tenant and received_at >= $start and received_at < $end
    )
    group by reason order by count(*) desc, reason
"""

TOTAL = """
    select count(*) as records, min(received_at) as first_received_at, max(received_at) as last_received_at from quarantine
    where tenant_id = $tenant and received_at >= $start and received_at < $end
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
