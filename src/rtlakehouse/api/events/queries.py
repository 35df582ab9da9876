"""SQL of the events resource. Relations are provided by the snapshot, parameters are bound."""

__all__ = ["ACCEPTED", "BATCH", "DUPLICATE", "EVENT", "QUARANTINED"]

BATCH = """
    select batch, versions from ledger
    where tenant_id = $tenant and source = 'http' and topic = 'events' and partition = $partition
        and $position between first_position and last_position
    order by batch limit 1
"""

ACCEPTED = """
    select event_id, date_trunc('minute', event_time) as window_start, is_late from events
    where tenant_id = $tenant and source = 'http' and topic = 'events' and partition = $partition and position = $position
"""

DUPLICATE = """
    select event_id, kept_source || '/' || kept_topic || '/' || kept_partition || '/' || kept_position as duplicate_of
    from duplicates
    where tenant_id = $tenant and source = 'http' and topic = 'events' and partition = $partition and position = $position
"""

QUARANTINED = """
    select reasons from quarantine
    where tenant_id = $tenant and source = 'http' and topic = 'events' and partition = $partition and position = $position
"""

EVENT = "select * from events where tenant_id = $tenant and event_id = $event_id order by event_time limit 1"
