-- gold.products_1m: what happened to a product in a tenant's minute, by currency.
-- Reads events: silver.events of the windows asked for, times in UTC.
with measures as (
    select
        tenant_id,
        date_trunc('minute', event_time) as window_start,
        product_id,
        currency,
        sum(case when event_type = 'page_view' then 1 else 0 end) as page_views,
        sum(case when event_type = 'add_to_cart' then 1 else 0 end) as add_to_carts,
        sum(case when event_type = 'purchase' then 1 else 0 end) as purchases,
        sum(case when event_type = 'purchase' then quantity else 0 end) as units,
        sum(case when event_type = 'purchase' then cast(price as decimal(24, 4)) * quantity else 0 end) as gross
    from events
    group by tenant_id, date_trunc('minute', event_time), product_id, currency
)
select
    tenant_id,
    window_start,
    window_start + interval '1' minute as window_end,
    product_id,
    currency,
    page_views,
    add_to_carts,
    purchases,
    units,
    gross
from measures
