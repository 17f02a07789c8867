"""DuckDB: `python benchmarks/duckdb.py DATA OUT full|day`. One script, every table in one database.

It keeps no changes apart: a day later it computes everything again from history and day.
"""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":  # this folder has files named like the packages they measure
    sys.path.pop(0)

import duckdb

RAW = """
create or replace table raw as
select *, {delivery} as delivery from read_csv('{folder}/*.csv', all_varchar = true, header = true)
"""
MORE = "insert into raw select *, 1 from read_csv('{folder}/*.csv', all_varchar = true, header = true)"
TABLES = """
create or replace table products as
select product_id, category from read_csv('{data}/products.csv', all_varchar = true);

create temp view parsed as
select order_id, try_cast(line_no as int) as line_no, try_cast(ordered_at as timestamp) as ordered_at,
       customer_id, product_id, try_cast(quantity as decimal(18, 4)) as quantity,
       try_cast(unit_price as decimal(18, 6)) as unit_price,
       coalesce(try_cast(discount as decimal(18, 4)), 0) as discount, country, channel, delivery,
       case when ordered_at is null or try_cast(ordered_at as timestamp) is null then 'ordered_at'
            when try_cast(quantity as decimal(18, 4)) is null then 'quantity'
            when try_cast(unit_price as decimal(18, 6)) is null or try_cast(unit_price as decimal(18, 6)) < 0
            then 'unit_price' end as reason
from raw;

create or replace table rejected as select * from parsed where reason is not null;

create or replace table order_lines as
with newest as (
  select order_id, line_no, arg_max(
    struct_pack(ordered_at, customer_id, product_id, quantity, unit_price, discount, country, channel),
    delivery) as l
  from parsed where reason is null group by order_id, line_no
)
select order_id, line_no, l.*,
       cast(round(l.quantity * l.unit_price - l.discount, 4) as decimal(18, 4)) as line_amount
from newest;

create or replace table orders as
select order_id, min(customer_id) as customer_id, min(ordered_at) as ordered_at,
       cast(min(ordered_at) as date) as ordered_on, min(country) as country, min(channel) as channel,
       order_id like 'R%' or sum(line_amount) < 0 as is_return,
       if(order_id like 'R%' and sum(line_amount) > 0, -1, 1) as sign,
       cast(sum(line_amount) * sign as decimal(18, 4)) as order_amount,
       cast(sum(discount) as decimal(18, 4)) as discount_amount, count(*) as line_count,
       not is_return and order_amount > 0 as is_purchase
from order_lines group by order_id;

create or replace table customer_facts as
with totals as (
  select customer_id,
         min(ordered_on) filter (is_purchase) as first_purchase_on,
         max(ordered_on) filter (is_purchase) as last_purchase_on,
         count(*) filter (is_purchase) as purchase_count,
         count(distinct ordered_on) filter (is_purchase) as purchase_days,
         count(*) filter (is_return) as return_count,
         coalesce(sum(order_amount) filter (is_purchase), 0) as gross_amount,
         coalesce(sum(order_amount) filter (is_purchase or is_return), 0) as net_amount,
         count(*) filter (is_purchase and discount_amount > 0) as discounted_purchase_count
  from orders where customer_id is not null group by customer_id
),
channels as (
  select customer_id, map_from_entries(list((channel, n))) as channel_counts
  from (select customer_id, channel, count(*) as n from orders
        where customer_id is not null and is_purchase group by all)
  group by customer_id
),
categories as (
  select customer_id, map_from_entries(list((category, amount))) as category_amounts
  from (select o.customer_id, coalesce(p.category, 'unknown') as category,
               sum(o.sign * l.line_amount) as amount
        from order_lines l join orders o using (order_id) left join products p using (product_id)
        where o.customer_id is not null and (o.is_purchase or o.is_return) group by all)
  group by customer_id
)
select * from totals left join channels using (customer_id) left join categories using (customer_id);

create or replace table customer_profiles as
with d as (select max(ordered_on) + 1 as as_of from orders),
positive as (
  select *, list_filter(map_entries(category_amounts), lambda e: e.value > 0) as amounts from customer_facts
)
select customer_id, as_of, first_purchase_on, last_purchase_on,
       date_diff('day', last_purchase_on, as_of) as recency_days,
       date_diff('day', first_purchase_on, as_of) as tenure_days,
       purchase_count, return_count, gross_amount, net_amount,
       purchase_count * 30.0 / date_diff('day', first_purchase_on, as_of) as purchase_frequency,
       cast(round(gross_amount / nullif(purchase_count, 0), 4) as decimal(18, 4)) as average_order_value,
       return_count / nullif(purchase_count, 0) as return_rate,
       if(purchase_days > 1, date_diff('day', first_purchase_on, last_purchase_on) / (purchase_days - 1),
         null) as average_days_between_purchases,
       discounted_purchase_count / nullif(purchase_count, 0) as discount_affinity,
       list_transform(amounts, lambda e: struct_pack(name := e.key, share := e.value::double /
         list_sum(list_transform(amounts, lambda f: f.value::double)))) as category_shares,
       list_transform(map_entries(channel_counts), lambda e: struct_pack(name := e.key, share := e.value /
         purchase_count)) as channel_mix
from positive, d;

create or replace table rfm_scores as
with m as (
  select customer_id, recency_days, purchase_count as frequency, net_amount as monetary_amount
  from customer_profiles where purchase_count > 0
),
c as (
  select quantile_cont(recency_days, [0.2, 0.4, 0.6, 0.8]) as r,
         quantile_cont(frequency, [0.2, 0.4, 0.6, 0.8]) as f,
         quantile_cont(monetary_amount::double, [0.2, 0.4, 0.6, 0.8]) as v from m
)
select m.*, 5 - len(list_filter(r, lambda x: x < recency_days)) as r_score,
       1 + len(list_filter(f, lambda x: x < frequency)) as f_score,
       1 + len(list_filter(v, lambda x: x < monetary_amount::double)) as m_score
from m, c;

create or replace table kpi_daily as
with counted as (
  select *, is_purchase and customer_id is not null and row_number() over (
    partition by customer_id, is_purchase order by ordered_at, order_id) = 1 as is_first
  from orders where is_purchase or is_return
),
rows as (
  select ordered_on as day, 'all' as dimension, 'all' as value, customer_id, is_purchase, is_first,
         order_amount as amount
  from counted
  union all
  select ordered_on, 'country', coalesce(country, 'unknown'), customer_id, is_purchase, is_first, order_amount
  from counted
  union all
  select ordered_on, 'channel', coalesce(channel, 'unknown'), customer_id, is_purchase, is_first, order_amount
  from counted
  union all
  select o.ordered_on, 'category', l.category, o.customer_id, o.is_purchase, o.is_first,
         o.sign * l.amount
  from (select order_id, coalesce(category, 'unknown') as category, sum(line_amount) as amount
        from order_lines left join products using (product_id) group by all) l
  join counted o using (order_id)
)
select day, dimension, value,
       coalesce(sum(amount) filter (is_purchase), 0) as gross_revenue,
       coalesce(sum(-amount) filter (not is_purchase), 0) as returns_amount,
       count(*) filter (is_purchase) as orders,
       count(distinct customer_id) filter (is_purchase) as active_customers,
       count(*) filter (is_first) as new_customers,
       gross_revenue - returns_amount as net_revenue
from rows group by all;
"""


def main(data: Path, out: Path, stage: str) -> None:
    """Compute every table; with stage ``day`` from the day's files too."""
    out.mkdir(parents=True, exist_ok=True)
    db = duckdb.connect(str(out / "tables.duckdb"))
    db.execute(RAW.format(folder=data / "history", delivery=0))
    if stage == "day":
        db.execute(MORE.format(folder=data / "day"))
    db.execute(TABLES.format(data=data))
    db.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
