"""SQL of the events resource. Relations are provided by the snapshot, parameters are bound."""

__all__ = ["ACCEPTED", "BATCH", "DUPLICATE", "EVENT", "PAGE", "QUARANTINED", "REPAIRED", "STORED"]

BATCH = """
    select batch, versions, expired_at, accepted_expired, duplicates_expired, quarantined_expired from ledger
    where tenant_id = $tenant and source = $source and topic = $topic and partition = $partition
        and $position between first_position and last_position
    order by batch limit 1
"""

ACCEPTED = """
    select event_id, date_trunc('minute', event_time) as window_start, is_late from events
    where tenant_id = $tenant and source = $source and topic = $topic and partition = $partition and position = $position
"""

DUPLICATE = """
    select event_id, kept_source || '/' || kept_topic || '/' || kept_partition || '/' || kept_position as duplicate_of
    from duplicates
    where tenant_id = $tenant and source = $source and topic = $topic and partition = $partition and position = $position
"""

QUARANTINED = """
    select reasons from quarantine
    where tenant_id = $tenant and source = $source and topic = $topic and partition = $partition and position = $position
"""

STORED = """
    select position from bronze
    where tenant_id = $tenant and source = $source and topic = $topic and partition = $partition and position = $position
"""

REPAIRED = """
    select topic, position from bronze
    where tenant_id = $tenant and source = 'repair'
        and decode(key) = $source || '-' || $partition || '-' || $position || '-' || $topic
"""

EVENT = "select * from events where tenant_id = $tenant and event_id = $event_id order by event_time limit 1"

PAGE = """
    select * from events
    where tenant_id = $tenant and event_time >= $start and event_time < $end
        and event_type = coalesce($event_type, event_type) and user_id = coalesce($user_id, user_id)
        and product_id = coalesce($product_id, product_id) and ($order_id is null or order_id = $order_id)
        and ($session_id is null or session_id = $session_id) and is_late = coalesce($late, is_late)
    order by event_time desc, source, topic, partition, position desc limit $limit offset $offset
"""
