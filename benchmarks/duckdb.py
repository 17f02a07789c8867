"""DuckDB on the benchmark's lines: stored raw, cleaned and de-duplicated, orders, RFM."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.pop(0)  # this folder has files named like the packages they measure

import duckdb

folder = Path(sys.argv[1])
db = duckdb.connect(str(folder / "peer.duckdb"))
db.execute(f"create table raw as select * from read_csv('{folder / 'lines.csv'}', all_varchar = true)")
db.execute("""
create table order_lines as
select order_no, customer_no, cast(ordered_at as timestamp) as ordered_at, sku,
       cast(quantity as decimal(18, 4)) as quantity, cast(price as decimal(18, 6)) as unit_price, country,
       round(cast(cast(quantity as decimal(18, 4)) * cast(price as decimal(18, 6))
             as decimal(28, 8)), 4) as amount
from (select distinct * from raw)
""")
db.execute("""
create table orders as
select order_no, min(customer_no) as customer_no, min(ordered_at) as ordered_at, sum(amount) as amount,
       min(country) as country
from order_lines group by order_no
""")
db.execute("""
create table rfm as
with d as (select max(cast(ordered_at as date)) + 1 as as_of from orders),
m as (
  select customer_no, date_diff('day', max(cast(ordered_at as date)), any_value(as_of)) as recency,
         count(*) as frequency, sum(amount) as monetary
  from orders, d where amount > 0 group by customer_no
),
c as (
  select quantile_cont(recency, [0.2, 0.4, 0.6, 0.8]) as r,
         quantile_cont(frequency, [0.2, 0.4, 0.6, 0.8]) as f,
         quantile_cont(monetary, [0.2, 0.4, 0.6, 0.8]) as v from m
)
select m.*, 5 - len(list_filter(r, lambda x: x < recency)) as r_score,
       1 + len(list_filter(f, lambda x: x < frequency)) as f_score,
       1 + len(list_filter(v, lambda x: x < monetary)) as m_score
from m, c
""")
print(db.execute("select count(*) from rfm").fetchall()[0][0])
