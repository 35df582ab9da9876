"""The SQL of what was together. A basket is a session or an order: the products in it, each once.

INCOMING runs over rows of silver.events. The others run in a database of their own, whose tables are:
products (product: a number of its own, baskets: in how many it was, mass: the sum of its pairs),
members (which product was in which basket), pairs (left < right: in how many baskets both were), as `merged` and what came since.
"""

__all__ = [
    "ADD_MASS",
    "ADD_MEMBERS",
    "ADD_PAIRS",
    "ADD_PRODUCTS",
    "COUNT_BASKETS",
    "COUNTS",
    "FORGET_MEMBERS",
    "FORGET_PAIRS",
    "FRESH",
    "INCOMING",
    "MASSES",
    "MERGE",
    "OLDEST_KEPT",
    "PAIRS_OF",
    "PAIRS_OF_TENANT",
    "PRODUCT",
    "SCHEMA",
    "TENANTS",
    "TOGETHER",
    "TOUCHED",
]

SCHEMA = """
    create sequence numbers;
    create table products (
        product integer, tenant_id varchar, product_id varchar, sessions bigint, orders bigint, mass bigint
    );
    create table members (basket ubigint, is_order boolean, product integer, batch integer);
    create table merged (is_order boolean, low integer, high integer, n bigint);
    create table recent (is_order boolean, low integer, high integer, n bigint);
    create view pairs as select * from merged union all select * from recent;
"""

# What somebody gave back does not say that it goes with anything.
INCOMING = """
    select distinct tenant_id, is_order, hash(tenant_id, is_order, basket) as basket, product_id
    from (
        select tenant_id, false as is_order, session_id as basket, product_id from rows where event_type <> 'refund'
        union all
        select tenant_id, true as is_order, order_id as basket, product_id from rows where event_type = 'purchase'
    )
    where basket is not null
"""

ADD_PRODUCTS = """
    insert into products
    select nextval('numbers'), tenant_id, product_id, 0, 0, 0
    from (select distinct tenant_id, product_id from incoming order by tenant_id, product_id) as named
    where not exists (
        select 1 from products as known where known.tenant_id = named.tenant_id and known.product_id = named.product_id
    )
"""

# What a basket does not hold yet, up to as many as one may. Its other products are in `held`.
FRESH = """
    create or replace temp table held as
        select members.basket, members.product from members where basket in (select basket from incoming);
    create or replace temp table fresh as
    with named as (
        select incoming.basket, incoming.is_order, products.product
        from incoming join products using (tenant_id, product_id)
    ),
    added as (select named.* from named anti join held using (basket, product)),
    counts as (select basket, count(*) as size from held group by basket)
    select added.basket, added.is_order, added.product
    from added left join counts using (basket)
    qualify row_number() over (partition by basket order by product) + coalesce(counts.size, 0) <= getvariable('basket_size')
"""

ADD_PAIRS = """
    create or replace temp table gained as
    with found as (
        select one.is_order, least(one.product, other.product) as low, greatest(one.product, other.product) as high
        from fresh as one join held as other using (basket)
        union all
        select one.is_order, one.product as low, other.product as high
        from fresh as one join fresh as other on one.basket = other.basket and one.product < other.product
    )
    select is_order, low, high, count(*) as n from found group by all;
    insert into recent select * from gained
"""

COUNT_BASKETS = """
    update products
    set sessions = products.sessions + counted.sessions, orders = products.orders + counted.orders
    from (
        select product, count(*) filter (not is_order) as sessions, count(*) filter (is_order) as orders
        from fresh group by product
    ) as counted
    where products.product = counted.product
"""

ADD_MASS = """
    update products
    set mass = products.mass + gains.n
    from (
        select product, sum(n)::bigint as n
        from (select low as product, n from gained union all select high as product, n from gained) group by product
    ) as gains
    where products.product = gains.product
"""

ADD_MEMBERS = "insert into members select basket, is_order, product, $batch from fresh"

# Whose vectors are others now: that of a product whose pairs changed, or that is in a basket more.
TOUCHED = """
    select products.tenant_id, products.product
    from products
    where product in (select low from gained union select high from gained union select product from fresh)
    order by product
"""

COUNTS = "select (select count(*) from members) as members, (select count(*) from recent) as recent, \
(select count(*) from merged) as merged"

# The first batch whose members are kept, where no more than so many may be.
OLDEST_KEPT = """
    select min(batch) as batch from (
        select batch, sum(count(*)) over (order by batch desc) as members from members group by batch
    ) where members <= $most
"""

FORGET_MEMBERS = "delete from members where batch < $batch"

MERGE = """
    create or replace temp table sums as
        select is_order, low, high, sum(n)::bigint as n from pairs group by all order by low, high;
    truncate merged;
    truncate recent;
    insert into merged select * from sums;
    drop table sums
"""

# What was together most often stays.
FORGET_PAIRS = """
    create or replace temp table kept as select * from merged order by n desc, low, high limit getvariable('most_pairs');
    truncate merged;
    insert into merged select * from kept order by low, high;
    drop table kept
"""

PRODUCT = "select * from products where tenant_id = $tenant and product_id = $product"

TENANTS = "select tenant_id, sum(mass)::bigint as mass, count(*) as products from products group by tenant_id order by tenant_id"

MASSES = "select product, product_id, sessions, orders, mass from products where tenant_id = $tenant order by product"

# Each pair both ways, as rows of a matrix.
PAIRS_OF_TENANT = """
    with entries as (
        select low as line, high as other, n from pairs union all select high as line, low as other, n from pairs
    )
    select line, other, sum(n)::bigint as n from entries
    where line in (select product from products where tenant_id = $tenant)
    group by line, other order by line, other
"""

PAIRS_OF = """
    with entries as (
        select low as line, high as other, n from pairs where low in (select unnest($products))
        union all
        select high as line, low as other, n from pairs where high in (select unnest($products))
    )
    select line, other, sum(n)::bigint as n from entries group by line, other order by line, other
"""

# Of orders (or sessions) with the product, those with the other one too.
TOGETHER = """
    with found as (
        select case when low = $product then high else low end as product, sum(n)::bigint as n
        from pairs where is_order = $is_order and (low = $product or high = $product) group by all
    )
    select products.product_id, found.n as together, products.sessions, products.orders
    from found join products using (product)
    where found.n >= $least
    order by together desc, product_id
    limit $limit
"""
