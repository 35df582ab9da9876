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
    -- Ten-thousandths by whole-number division, because engines round the quotient of decimals differently.
    case
        when orders = 0 then null
        when gross < 400000000000000 then cast(
            cast(
                (cast(gross * 20000 as bigint) + orders - (cast(gross * 20000 as bigint) + orders) % (2 * orders))
                / (2 * orders) as decimal(20, 0)
            ) * cast(0.0001 as decimal(5, 4)) as decimal(38, 4)
        )
        else cast(cast(gross as double) / orders as decimal(38, 4))
    end as average_order_value
from measures
