-- gold.kpis_1m: business figures of a tenant's minute.
-- Reads events: silver.events of the windows asked for, times in UTC.
with measures as (
    select
        tenant_id,
        date_trunc('minute', event_time) as window_start,
        count(*) as events,
        sum(case when event_type = 'page_view' then 1 else 0 end) as page_views,
        sum(case when event_type = 'add_to_cart' then 1 else 0 end) as add_to_carts,
        sum(case when event_type = 'purchase' then 1 else 0 end) as purchases,
        sum(case when event_type = 'refund' then 1 else 0 end) as refunds,
        sum(case when event_type = 'purchase' then quantity else 0 end) as units,
        count(distinct user_id) as active_users,
        count(distinct case when event_type = 'page_view' then user_id end) as viewing_users,
        count(distinct case when event_type = 'add_to_cart' then user_id end) as cart_users,
        count(distinct case when event_type = 'purchase' then user_id end) as purchasing_users,
        count(distinct session_id) as sessions,
        sum(case when is_late then 1 else 0 end) as late_events
    from events
    group by tenant_id, date_trunc('minute', event_time)
)
select
    tenant_id,
    window_start,
    window_start + interval '1' minute as window_end,
    events,
    page_views,
    add_to_carts,
    purchases,
    refunds,
    units,
    active_users,
    viewing_users,
    cart_users,
    purchasing_users,
    sessions,
    -- Millionths by whole-number division, because engines round the quotient of decimals differently.
    case when viewing_users > 0 then cast(
        cast(
            (2000000 * purchasing_users + viewing_users - (2000000 * purchasing_users + viewing_users) % (2 * viewing_users))
            / (2 * viewing_users) as decimal(18, 0)
        ) * cast(0.000001 as decimal(7, 6)) as decimal(18, 6)
    ) end as conversion_rate,
    late_events
from measures
