"""SQL of the kpis resource: gold of a range, added up where adding up is right, counted again from silver where it is not.

`users` and `orders` are silver minute by minute: see `catalog.distinct`.
"""

__all__ = ["COHORTS", "FUNNEL", "MINUTES", "PRODUCTS", "REVENUE", "SEGMENTS", "STEPS"]

# What adds up comes from gold; `users` says where users come from. The rate is worked out in millionths by whole-number division,
# as in gold, for the quotient of floating point numbers is not always the nearest.
_SERIES = """
    with steps as (
        select unnest(
            generate_series($first_step::timestamp, $end::timestamp - interval 1 minute, to_seconds($step_s::bigint))
        ) as step_start
    ),
    sums as (
        select time_bucket(to_seconds($step_s::bigint), window_start, $first_step::timestamp) as step_start,
            sum(events)::bigint as events, sum(page_views)::bigint as page_views, sum(add_to_carts)::bigint as add_to_carts,
            sum(purchases)::bigint as purchases, sum(refunds)::bigint as refunds, sum(units)::bigint as units,
            sum(late_events)::bigint as late_events
        from kpis where tenant_id = $tenant and window_start >= $start and window_start < $end group by 1
    ),
    counted as ({users})
    select step_start, step_start + to_seconds($step_s::bigint) as step_end,
        case when step_start + to_seconds($step_s::bigint) <= $watermark then 'final' else 'open' end as state,
        coalesce(events, 0) as events, coalesce(page_views, 0) as page_views, coalesce(add_to_carts, 0) as add_to_carts,
        coalesce(purchases, 0) as purchases, coalesce(refunds, 0) as refunds, coalesce(units, 0) as units,
        coalesce(active_users, 0) as active_users, coalesce(viewing_users, 0) as viewing_users,
        coalesce(purchasing_users, 0) as purchasing_users,
        case when viewing_users > 0 then
            (((2000000 * purchasing_users + viewing_users) // (2 * viewing_users))::decimal(18, 0) * 0.000001)::decimal(18, 6)
        end as conversion_rate,
        coalesce(late_events, 0) as late_events
    from steps left join sums using (step_start) left join counted using (step_start)
    where $fill or sums.step_start is not null
    order by step_start
"""

STEPS = _SERIES.format(
    users="""
        select step_start, count(*) as active_users, count(*) filter (viewed) as viewing_users,
            count(*) filter (bought) as purchasing_users
        from (
            select time_bucket(to_seconds($step_s::bigint), minute, $first_step::timestamp) as step_start, user_id,
                bool_or(viewed) as viewed, bool_or(bought) as bought
            from users where tenant_id = $tenant and minute >= $start and minute < $end group by step_start, user_id
        )
        group by step_start
    """
)

MINUTES = _SERIES.format(
    users="""
        select window_start as step_start, active_users, viewing_users, purchasing_users
        from kpis where tenant_id = $tenant and window_start >= $start and window_start < $end
    """
)

# An order may have lines in several minutes, so orders of a range are counted from silver.
REVENUE = """
    with counted as (
        select currency, count(distinct order_key) as orders
        from orders where tenant_id = $tenant and minute >= $start and minute < $end group by 1
    ),
    sums as (
        select currency, sum(units)::bigint as units, sum(gross)::decimal(38, 4) as gross,
            sum(refunded)::decimal(38, 4) as refunded, sum(net)::decimal(38, 4) as net
        from revenue where tenant_id = $tenant and window_start >= $start and window_start < $end group by 1
    )
    select currency, coalesce(orders, 0) as orders, units, gross, refunded, net,
        case when orders > 0 then
            ((((gross * 20000)::hugeint + orders) // (2 * orders))::decimal(38, 0) * 0.0001)::decimal(38, 4)
        end as average_order_value
    from sums left join counted using (currency) order by gross desc, currency
"""

PRODUCTS = """
    select product_id, currency, sum(page_views)::bigint as page_views, sum(add_to_carts)::bigint as add_to_carts,
        sum(purchases)::bigint as purchases, sum(units)::bigint as units, sum(gross)::decimal(38, 4) as gross
    from products where tenant_id = $tenant and window_start >= $start and window_start < $end
    group by product_id, currency
    order by case $by when 'gross' then sum(gross)::decimal(38, 4) when 'units' then sum(units)::decimal(38, 4)
        when 'purchases' then sum(purchases)::decimal(38, 4) else sum(page_views)::decimal(38, 4) end desc, product_id, currency
    limit $limit
"""

SEGMENTS = """
    with counted as (
        select value, count(*) as active_users, count(*) filter (bought) as purchasing_users
        from (
            select user_id, bool_or(bought) as bought,
                case $dimension when 'country' then country when 'device' then device when 'campaign' then campaign
                    else referrer end as value
            from users where tenant_id = $tenant and minute >= $start and minute < $end group by user_id, value
        )
        where value is not null group by 1
    ),
    sums as (
        select value, sum(events)::bigint as events, sum(page_views)::bigint as page_views, sum(purchases)::bigint as purchases
        from segments
        where tenant_id = $tenant and dimension = $dimension and window_start >= $start and window_start < $end group by 1
    )
    select value, events, page_views, purchases, active_users, purchasing_users
    from sums left join counted using (value) order by events desc, value limit $limit
"""

# A user is at a step who did it, within the range, not before the step before it: by each user's earliest way through.
FUNNEL = """
    with inside as (
        select user_id, event_type, event_time from events
        where tenant_id = $tenant and event_time >= $start and event_time < $end and event_type <> 'refund'
    ),
    viewed as (select user_id, min(event_time) as reached_at from inside where event_type = 'page_view' group by user_id),
    carted as (
        select inside.user_id, min(inside.event_time) as reached_at
        from inside join viewed on viewed.user_id = inside.user_id and inside.event_time >= viewed.reached_at
        where inside.event_type = 'add_to_cart' group by inside.user_id
    ),
    bought as (
        select inside.user_id, min(inside.event_time) as reached_at
        from inside join carted on carted.user_id = inside.user_id and inside.event_time >= carted.reached_at
        where inside.event_type = 'purchase' group by inside.user_id
    ),
    steps as (
        select 1 as place, 'page_view' as step, count(*) as users from viewed
        union all select 2 as place, 'add_to_cart' as step, count(*) as users from carted
        union all select 3 as place, 'purchase' as step, count(*) as users from bought
    ),
    counted as (select event_type as step, count(*) as number from inside group by event_type),
    beside as (
        select place, step, coalesce(number, 0) as number, users, lag(users) over (order by place) as before,
            first_value(users) over (order by place) as entered
        from steps left join counted using (step)
    )
    select step, number as events, users,
        case when before > 0 then (((2000000 * users + before) // (2 * before))::decimal(18, 0) * 0.000001)::decimal(18, 6)
        end as from_previous,
        case when entered > 0 then (((2000000 * users + entered) // (2 * entered))::decimal(18, 0) * 0.000001)::decimal(18, 6)
        end as from_first
    from beside order by place
"""

# `events` is all that happened before the range's end: who is new in it depends on all of the past.
COHORTS = """
    with seen as (
        select user_id, min(event_time) as first_at, max(event_time) >= $start as active,
            max(case when event_type = 'purchase' then event_time end) >= $start as bought
        from events where tenant_id = $tenant and event_time < $end group by user_id
    ),
    counted as (
        select
            case $cohort when 'day' then date_trunc('day', first_at) when 'week' then date_trunc('week', first_at)
                else date_trunc('month', first_at) end as first_day,
            count(*) as users, sum(case when active then 1 else 0 end)::bigint as active_users,
            sum(case when first_at >= $start then 1 else 0 end)::bigint as new_users,
            sum(case when active and first_at < $start then 1 else 0 end)::bigint as returning_users,
            sum(case when bought then 1 else 0 end)::bigint as purchasing_users
        from seen group by 1
    )
    select first_day::date as cohort, users, active_users, new_users, returning_users, purchasing_users,
        (((2000000 * active_users + users) // (2 * users))::decimal(18, 0) * 0.000001)::decimal(18, 6) as retention
    from counted order by cohort desc
"""
