-- gold.revenue_1m: money of a tenant's minute, by currency.
-- Reads events: silver.events of the windows asked for, times in UTC.
with measures as (
    select
        tenant_id,
        date_trunc('minute', event_time) as window_start,
        currency,
        count(distinct case when event_type = 'purchase' then coalesce(order_id, event_id) end) as orders,
        sum(case when event_type = 'purchase' then quantity else 0 end) as units,
        sum(case when event_type = 'purchase' then cast(price as decimal(24, 4)) * quantity else 0 end) as gross,
        sum(case when event_type = 'refund' then cast(price as decimal(24, 4)) * quantity else 0 end) as refunded
    from events
    where event_type in ('purchase', 'refund')
    group by tenant_id, date_trunc('minute', event_time), currency
)
select
    tenant_id,
    window_start,
    window_start + interval '1' minute as window_end,
    currency,
    orders,
    units,
    gross,
    refunded,
    gross - refunded as net,
    -- Engines round the quotient of decimals differently, so it is worked out in whole numbers: `near` is what floating point
    -- makes of gross / orders, `rest` the ten-thousandths of gross by which near * orders is off; half up, also below zero.
    case when orders > 0 then cast(
        near + cast(
            (2 * rest + orders - ((2 * rest + orders) % (2 * orders) + 2 * orders) % (2 * orders)) / (2 * orders) as decimal(18, 0)
        ) * cast(0.0001 as decimal(5, 4)) as decimal(38, 4)
    ) end as average_order_value
from (
    select *, cast((gross - near * orders) * 10000 as bigint) as rest
    from (
        select *, cast(cast(gross as double) / case when orders > 0 then orders else 1 end as decimal(38, 4)) as near from measures
    ) as divided
) as corrected
