"""Are the tables of all contenders the same, row by row? A faster wrong answer does not count.

Rows of two tables meet by a hash of what is compared, in one aggregate that may spill to disk: so many
million lines need no more memory than `LIMIT`. Numbers with a fraction are compared as whole cents or
millionths.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

LIMIT = "3GB"
TABLES = (
    "order_lines", "orders", "rejected", "customer_facts", "customer_profiles", "rfm_scores", "kpi_daily",
)  # fmt: skip
OURS = "quarantined_line_count"
"""A column that our orders have; the others keep refused lines in a table."""
_SHOWN = 6
# Binary fractions of equal numbers may differ in their last digit. The limits between two millionths lie
# where no share of whole numbers does, so that such a difference does not show.
_MACROS = """
create macro cents(x) as round(x::double * 100)::bigint;
create macro millionths(x) as floor(x::double * 1e6 + 0.31415926)::bigint;
"""
# A marked return is negated with its lines; some keep that as a sign beside the order. The order's own
# amount is compared with its sign.
LINES = """
select order_id, line_no::varchar as line_no, product_id::varchar as product_id,
       cents(abs(quantity)) as quantity, cents(unit_price) as unit_price,
       cents(abs(coalesce(discount, 0))) as discount, cents(abs(line_amount)) as line_amount
from {order_lines}
"""
ORDERS = """
select order_id, customer_id, epoch_ms(ordered_at)::bigint as ordered_at, ordered_on, country, channel,
       cents(order_amount) as order_amount, cents(abs(discount_amount)) as discount_amount,
       line_count::bigint as line_count, is_return, refused::bigint as refused
from {refused_orders}
"""
REFUSED = """(
select o.*, coalesce(r.refused, 0) as refused
from {orders} o left join (select order_id, count(*) as refused from {rejected} group by all) r
  using (order_id))"""
FACTS = """
select customer_id, first_purchase_on, last_purchase_on, purchase_count::bigint as purchase_count,
       purchase_days::bigint as purchase_days, return_count::bigint as return_count,
       cents(gross_amount) as gross_amount, cents(net_amount) as net_amount,
       discounted_purchase_count::bigint as discounted_purchase_count
from {customer_facts}
"""
# Half a ten-thousandth is rounded up by some and to the even one by others: the average is compared with
# its parts.
PROFILES = """
select customer_id, as_of, first_purchase_on, last_purchase_on, recency_days::bigint as recency_days,
       tenure_days::bigint as tenure_days, purchase_count::bigint as purchase_count,
       return_count::bigint as return_count, cents(gross_amount) as gross_amount,
       cents(net_amount) as net_amount, millionths(purchase_frequency) as purchase_frequency,
       abs(average_order_value::double - gross_amount::double / nullif(purchase_count, 0)) < 0.0001
         as has_average,
       millionths(discount_affinity) as discount_affinity, millionths(return_rate) as return_rate,
       millionths(average_days_between_purchases) as between_purchases
from {customer_profiles} where purchase_count > 0 or return_count > 0
"""
RFM = """
select customer_id, recency_days::bigint as recency_days, frequency::bigint as frequency,
       cents(monetary_amount) as monetary_amount, r_score::int as r_score, f_score::int as f_score,
       m_score::int as m_score
from {rfm_scores}
"""
KPIS = """
select day::date as day, dimension, value, cents(gross_revenue) as gross_revenue,
       cents(returns_amount) as returns_amount, cents(net_revenue) as net_revenue,
       orders::bigint as orders, active_customers::bigint as active_customers,
       new_customers::bigint as new_customers
from {kpi_daily}
"""
ASKED = {
    "order_lines": LINES, "orders": ORDERS, "customer_facts": FACTS, "customer_profiles": PROFILES,
    "rfm_scores": RFM, "kpi_daily": KPIS,
}  # fmt: skip
NAMED = {
    "channel_counts": ("customer_facts", "amount::bigint"),
    "category_amounts": ("customer_facts", "cents(amount)"),
    "channel_mix": ("customer_profiles", "millionths(amount)"),
    "category_shares": ("customer_profiles", "millionths(amount)"),
}
"""Column of numbers by name -> its table, and how they are compared: one row per customer and name."""


def differences(outputs: dict[str, Path], *, are_alike: bool = False) -> dict[str, dict[str, int]]:
    """Return, for every contender but the first, how many rows of each answer only one of both has.

    Prints some of these rows.

    Args:
        outputs: Contender -> its folder. DuckDB's holds ``tables.duckdb``, the others Parquet files.
        are_alike: All are ours: all other columns, and customers without any order, are compared as well.
    """
    first, *others = outputs
    with TemporaryDirectory(dir=outputs[first]) as spills, duckdb.connect() as db:
        settings = {"memory_limit": LIMIT, "temp_directory": spills}
        for name, value in settings.items():
            db.execute(f"set {name} = '{value}'")
        db.execute("set preserve_insertion_order = false")
        db.execute(_MACROS)
        answers = {name: _answers(db, name, folder, are_alike) for name, folder in outputs.items()}
        return {
            other: {
                asked: _different(db, f"{first} and {other}, {asked}", one, answers[other][asked])
                for asked, one in answers[first].items()
            }
            for other in others
        }


def _answers(db: duckdb.DuckDBPyConnection, name: str, folder: Path, are_alike: bool) -> dict[str, str]:
    places = _places(db, name, folder)
    if OURS in _columns(db, places["orders"]):
        refused = f"(select *, {OURS} as refused from {places['orders']})"
    else:
        refused = REFUSED.format(**places)
    answers = {asked: query.format(refused_orders=refused, **places) for asked, query in ASKED.items()}
    for column, (table, compared) in NAMED.items():
        entries = _entries(column, _columns(db, places[table])[column])
        rows = f"select customer_id, {entries} from {places[table]}"
        answers[column] = f"select customer_id, name, {compared} as amount from ({rows})"
    for table in ASKED if are_alike else ():
        answers[f"all of {table}"] = _whole(places[table], _columns(db, places[table]))
    return answers


def _whole(place: str, columns: dict[str, str]) -> str:
    """Return what compares every column of a table: shares by name come apart, a hash tells nothing new."""
    compared = [
        f"millionths({column}) as {column}" if kind == "DOUBLE" else column
        for column, kind in columns.items()
        if column not in NAMED and column != "_row_hash"
    ]
    return f"select {', '.join(compared)} from {place}"


def _places(db: duckdb.DuckDBPyConnection, name: str, folder: Path) -> dict[str, str]:
    file = folder / "tables.duckdb"
    if file.exists():
        db.execute(f"attach '{file}' as \"{name}\" (read_only)")
        return {table: f'"{name}".{table}' for table in TABLES}
    if (folder / "export").is_dir():
        return {table: f"read_parquet('{folder}/export/{table}/*.parquet')" for table in TABLES}
    return {table: f"read_parquet('{folder}/{table}.parquet')" for table in TABLES}


def _columns(db: duckdb.DuckDBPyConnection, query: str) -> dict[str, str]:
    """Return the columns of a table or query with their types."""
    return {row[0]: row[1] for row in db.execute(f"describe select * from {query}").fetchall()}


def _entries(column: str, kind: str) -> str:
    """Return what makes a row of each entry: of a map, or of a list of structs of name and number."""
    if kind.startswith("MAP"):
        return f"unnest(map_keys({column})) as name, unnest(map_values({column})) as amount"
    number = "share" if "share" in kind else "amount"
    names, numbers = (f"list_transform({column}, lambda e: e.{field})" for field in ("name", number))
    return f"unnest({names}) as name, unnest({numbers}) as amount"


def _different(db: duckdb.DuckDBPyConnection, title: str, one: str, two: str) -> int:
    """Return how many rows only one of two answers has, each as often as it has it more often."""
    columns = ", ".join(f'"{column}"' for column in _columns(db, f"({one})"))
    both = f"(select *, 1 as side from ({one}) union all select *, -1 from ({two}))"
    db.execute(
        f"create or replace temp table different as select hash({columns}) as hashed, sum(side) as more "
        f"from {both} group by all having more <> 0"
    )
    (found,) = db.execute("select coalesce(sum(abs(more)), 0)::bigint from different").fetchall()
    if found[0]:
        print(f"different in {title}: {found[0]:,} rows, of them (1: of the first, -1: of the other)")
        which = f"hash({columns}) in (select hashed from different)"
        shown = f"select side, {columns} from {both} where {which} order by {columns} limit {_SHOWN}"
        for row in db.execute(shown).fetchall():
            print("   ", *row)
    return int(found[0])
