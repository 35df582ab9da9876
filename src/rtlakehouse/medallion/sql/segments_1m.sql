-- gold.segments_1m: a tenant's minute by country, device, campaign and referrer.
-- Reads events: silver.events of the windows asked for, times in UTC.
with segmented as (
    select tenant_id, event_time, event_type, user_id, 'country' as dimension, country as value from events where country is not null
    union all
    select tenant_id, event_time, event_type, user_id, 'device' as dimension, device as value from events where device is not null
    union all
    select tenant_id, event_time, event_type, user_id, 'campaign' as dimension, campaign as value from events where campaign is not null
    union all
    select tenant_id, event_time, event_type, user_id, 'referrer' as dimension, referrer as value from events where referrer is not null
),
measures as (
    select
        tenant_id,
        date_trunc('minute', event_time) as window_start,
        dimension,
        value,
        count(*) as events,
        sum(case when event_type = 'page_view' then 1 else 0 end) as page_views,
        sum(case when event_type = 'purchase' then 1 else 0 end) as purchases,
        count(distinct user_id) as active_users,
        count(distinct case when event_type = 'purchase' then user_id end) as purchasing_users
    from segmented
    group by tenant_id, date_trunc('minute', event_time), dimension, value
)
select
    tenant_id,
    window_start,
    window_start + interval '1' minute as window_end,
    dimension,
    value,
    events,
    page_views,
    purchases,
    active_users,
    purchasing_users
from measures
