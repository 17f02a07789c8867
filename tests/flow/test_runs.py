"""A tiny company, run after run: arrivals, changes, failures and crashes."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from customer_chunks.config.settings import Settings
from customer_chunks.contracts.silver_customers import CUSTOMER_LINKS
from customer_chunks.errors import AccountError, ConfigError, LeaseError, SourceError, StorageError
from customer_chunks.flow import compute, narrowed
from customer_chunks.flow.outcome import Wish
from customer_chunks.storage.converge import Scope, converge
from customer_chunks.storage.lease import leased
from tests.builders import table_frame
from tests.flow.company import SALES, Company, states

Companies = Callable[..., Company]
FACTS = "gold.customer_facts"
FIRST = (
    "1,2024-03-10,c1,mug,2,5.00,DE",
    "2,2024-03-11,c2,mug,1,5.00,DE",
    "2,2024-03-11,c2,pen,1,-1.00,DE",
)


def amounts(company: Company) -> dict[str, str]:
    """Return the amount of every order."""
    return {k: str(v.normalize()) for k, v in company.rows("silver.orders", "order_id", "order_amount")}


def accounts(company: Company, run: int) -> dict[str, dict[str, int]]:
    """Return the parts that are not zero of every account of a run, by feed and entity."""
    rows = company.warehouse.read("ops.run_accounts").where(f"run_id = 'run-{run}'").collect()
    parts = (
        "inserted",
        "updated",
        "unchanged",
        "superseded",
        "deleted",
        "quarantined",
        "duplicate",
        "excluded",
    )
    return {
        f"{r['feed']} {r['entity']}": {"read": r["rows_read"], **{p: r[p] for p in parts if r[p]}}
        for r in rows
    }


def jobs(company: Company) -> list[int]:
    """Return the jobs that Spark remembers."""
    return sorted(company.spark.sparkContext.statusTracker().getJobIdsForGroup(None))


@pytest.mark.slow
def test_company_grows_by_a_file_and_rests(company: Company) -> None:
    company.brings("sales1.csv", *FIRST)
    first = company.run()
    assert set(states(first).values()) == {"done"}
    assert first.as_of == date(2024, 3, 12)
    assert amounts(company) == {"1": "1E+1", "2": "5"}
    assert accounts(company, 1) == {"sales order_lines": {"read": 3, "inserted": 2, "quarantined": 1}}
    assert company.rows(
        "silver.quarantine", "source", "feed", "delivery", "position", "entity", "reason_codes"
    ) == [
        (
            "shop",
            "sales",
            0,
            company.rows("silver.quarantine", "position")[0],
            "order_lines",
            ["unit_price.negative"],
        )
    ]
    assert company.rows("gold.rfm_scores", "customer_id", "recency_days", "frequency") == [
        ("c1", 2, 1),
        ("c2", 1, 1),
    ]
    assert company.rows("ops.deliveries", "bronze_table", "delivery", "row_count") == [
        ("bronze.shop_sales", 0, 3)
    ]

    # Nothing is new: no table gets a commit, by this run or the next.
    before = company.versions()
    idle = company.run()
    assert idle.is_idle
    assert set(states(idle).values()) == {"idle"}
    assert company.versions() == before

    # One more line for order 1, a copy of its first, a new guest order; order 2 is not touched.
    company.brings("sales2.csv", "1,2024-03-10,c1,pen,1,2.00,DE", FIRST[0], "3,2024-03-12,,pen,1,3.00,")
    grown = company.run()
    assert not grown.is_idle
    (told,) = [o for o in grown.outcomes if o.step == "silver.orders[shop]"]
    assert "changed keys only" in told.detail
    (known,) = [o for o in grown.outcomes if o.step == "silver.customer_records[shop]"]
    assert known.detail == "no rows (changed keys only)", "nobody is new"
    assert accounts(company, 3) == {"sales order_lines": {"read": 3, "inserted": 2, "duplicate": 1}}
    assert amounts(company) == {"1": "12", "2": "5", "3": "3"}
    assert company.rows("silver.order_lines", "order_id", "line_number", "product_id") == [
        ("1", 1, "mug"), ("1", 2, "pen"), ("2", 1, "mug"), ("3", 1, "pen"),
    ]  # fmt: skip
    assert company.rows("gold.customer_facts", "customer_id", "gross_amount") == [
        ("c1", Decimal("12.0000")), ("c2", Decimal("5.0000")),
    ]  # fmt: skip
    assert company.rows("gold.rfm_scores", "customer_id", "recency_days", "monetary_amount") == [
        ("c1", 3, Decimal("12.0000")), ("c2", 2, Decimal("5.0000")),
    ]  # fmt: skip

    # A day in the past: orders on that day and after are not looked at; the tables of no day rest.
    past = company.run(as_of=date(2024, 3, 11))
    assert company.rows("gold.rfm_scores", "customer_id", "as_of", "recency_days") == [
        ("c1", date(2024, 3, 11), 1)
    ]
    assert {s for s, state in states(past).items() if state == "done"} == {
        "gold.rfm_scores",
        "gold.customer_profiles",
    }
    profiles = dict(company.rows("gold.customer_profiles", "customer_id", "purchase_count"))
    assert profiles == {"c1": 1, "c2": 0}

    # Asked for in full, one table: nothing else is computed but what the day brings back.
    full = company.run(full=["gold.kpi_daily"])
    (kpi,) = [o for o in full.outcomes if o.step == "gold.kpi_daily"]
    assert (kpi.state, "asked for" in kpi.detail) == ("done", True)
    assert states(full)["gold.customer_facts"] == "idle"

    # Where nothing is new, Spark gets nothing to do: its first query in a process takes seconds.
    before = jobs(company)
    assert company.run().is_idle
    assert jobs(company) == before
    shutil.rmtree(company.folder / "warehouse" / "_chunks_kept")
    assert company.run().is_idle
    assert jobs(company) != before, "what was kept is gone, so it is asked for again"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("share", "least", "how"),
    [
        (0.5, 0, "1 updated (changed keys only)"),
        (0.2, 0, "1 updated, 2 unchanged ("),
        (0.5, 3_000_000, "1 updated, 2 unchanged ("),
    ],
)
def test_customers_with_most_orders_are_computed_with_all_others(
    company: Company, monkeypatch: pytest.MonkeyPatch, share: float, least: int, how: str
) -> None:
    monkeypatch.setattr(narrowed, "WORTH_IT", share)
    monkeypatch.setattr(narrowed, "WORTH_FROM", least)
    company.keeps_only = frozenset(
        {"silver.products", "silver.orders", "silver.customer_records", "silver.customer_links", FACTS}
    )
    lines = [f"{n},2024-03-1{n},c{max(n, 3)},mug,1,5.00,DE" for n in range(1, 6)]
    company.brings("sales1.csv", *lines).run()
    report = company.brings("sales2.csv", "6,2024-03-17,c4,mug,1,7.00,DE").run()
    (told,) = [o for o in report.outcomes if o.step == FACTS]
    assert told.detail.startswith(how)
    assert company.rows(FACTS, "customer_id", "purchase_count") == [("c3", 3), ("c4", 2), ("c5", 1)]


@pytest.mark.slow
def test_run_until_a_table_computes_what_it_needs(company: Company) -> None:
    company.brings("sales1.csv", *FIRST)
    report = company.run("silver.customer_links")
    assert list(states(report)) == [
        "bronze.shop_sales",
        "silver.customer_records[shop]",
        "silver.customer_links",
    ]
    assert company.rows("silver.customer_links", "source_customer_id", "customer_id") == [
        ("c1", "c1"),
        ("c2", "c2"),
    ]
    assert company.rows("silver.orders", "order_id") == []
    only_bronze = company.run("bronze.shop_sales")
    assert states(only_bronze) == {"bronze.shop_sales": "idle"}
    with pytest.raises(ConfigError, match=r"No step writes 'silver\.order'"):
        company.run("silver.order")


@pytest.mark.slow
def test_changed_file_stops_the_run_unless_the_mapping_says_what_it_means(company: Company) -> None:
    company.brings("sales1.csv", *FIRST)
    company.run("silver.orders")
    before = company.data_versions()
    company.brings("sales1.csv", "1,2024-03-10,c1,mug,3,5.00,DE", "2,2024-03-11,c2,pen,1,1.00,DE")
    stopped = company.tries("silver.orders")
    (error,) = stopped.errors
    assert isinstance(error, SourceError)
    assert "sales1.csv: its content changed since it was read. Say in the feed" in str(error)
    assert states(stopped)["silver.orders[shop]"] == "skipped"
    assert company.data_versions() == before

    # Appended: what was there stays, and the same line again is an exact copy.
    company.maps(SALES.replace('    path: "sales*.csv"', '    path: "sales*.csv"\n    changed_files: append'))
    company.brings("sales1.csv", FIRST[0], "1,2024-03-10,c1,pen,1,1.00,DE")
    company.run("silver.orders")
    assert amounts(company) == {"1": "11", "2": "5"}
    assert accounts(company, 3)["sales order_lines"] == {"read": 2, "inserted": 1, "duplicate": 1}

    # The same bytes with another time are no delivery.
    company.brings("sales1.csv", FIRST[0], "1,2024-03-10,c1,pen,1,1.00,DE")
    assert company.run("silver.orders").is_idle


@pytest.mark.slow
def test_replaced_file_takes_its_rows_with_it(company: Company) -> None:
    company.maps(
        SALES.replace('    path: "sales*.csv"', '    path: "sales*.csv"\n    changed_files: replace')
    )
    company.brings("sales1.csv", *FIRST)
    company.run("silver.orders")
    company.brings("sales1.csv", "1,2024-03-10,c1,mug,3,5.00,DE", "3,2024-03-11,c2,pen,1,1.00,DE")
    replaced = company.run("silver.orders")
    assert "1 replaced" in replaced.outcomes[0].detail
    assert amounts(company) == {"1": "15", "3": "1"}
    assert accounts(company, 2)["sales order_lines"]["read"] == 2
    assert [r is not None for r in company.rows_with_volatile("silver.quarantine", "replayed_at")] == [True]
    assert company.rows("ops.deliveries", "delivery", "row_count", "replaces") == [(0, 3, None), (1, 2, 0)]
    before = amounts(company)
    company.run("silver.orders", full=["silver.orders"])
    assert amounts(company) == before
    assert accounts(company, 3)["sales order_lines"] == {"read": 2, "unchanged": 2}


@pytest.mark.slow
def test_mended_mapping_replays_the_quarantine_and_a_new_column_is_taken_in(company: Company) -> None:
    company.brings("sales1.csv", *FIRST, "4,10.03.2024,c1,mug,1,5.00,DE")
    company.run("silver.orders")
    reasons = {tuple(codes) for codes in company.rows("silver.quarantine", "reason_codes")}
    assert reasons == {("unit_price.negative",), ("ordered_at.unparsable",)}
    company.maps(
        SALES.replace("ordered_at: at", "ordered_at: {column: at, format: [yyyy-MM-dd, dd.MM.yyyy]}")
    )
    report = company.run("silver.orders")
    (told,) = [o for o in report.outcomes if o.step == "silver.orders[shop]"]
    assert "mapping, settings, code or as-of day changed" in told.detail
    assert amounts(company) == {"1": "1E+1", "2": "5", "4": "5"}
    rows = company.warehouse.read("silver.quarantine").collect()
    assert {(r["reason_codes"][0], r["replayed_at"] is not None) for r in rows} == {
        ("unit_price.negative", False),
        ("ordered_at.unparsable", True),
    }
    assert accounts(company, 2)["sales order_lines"] == {
        "read": 4,
        "inserted": 1,
        "unchanged": 2,
        "quarantined": 1,
    }

    # A later file has one more column, and a copy of an older line under it is still a copy.
    company.brings(
        "sales2.csv",
        "5,2024-03-11,c2,mug,1,7.00,DE,web",
        FIRST[0] + ",",
        header="order,at,customer,article,pieces,price,country,channel",
    )
    company.run("silver.orders")
    assert amounts(company) == {"1": "1E+1", "2": "5", "4": "5", "5": "7"}
    assert accounts(company, 3)["sales order_lines"] == {"read": 2, "inserted": 1, "duplicate": 1}
    bronze = company.warehouse.read("bronze.shop_sales")
    assert sorted(r["channel"] or "-" for r in bronze.collect()) == ["-"] * 5 + ["web"]


def test_account_that_does_not_add_up_commits_nothing(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    company.brings("sales1.csv", *FIRST)
    company.run("silver.customer_links")
    before = company.versions()
    monkeypatch.setattr(compute, "_rows_read", lambda *_: 4)
    report = company.tries("silver.orders")
    (error,) = report.errors
    assert isinstance(error, AccountError)
    assert "4 rows came in and 3 are accounted for" in str(error)
    after = company.versions()
    assert (after["silver.orders"], after["silver.order_lines"]) == (
        before["silver.orders"],
        before["silver.order_lines"],
    )
    assert after.get("silver.quarantine") == before.get("silver.quarantine")


@pytest.mark.slow
def test_crash_between_the_side_and_the_main_commit_is_made_good(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    company.brings("sales1.csv", *FIRST)
    company.run("silver.orders")
    company.brings(
        "sales2.csv", "1,2024-03-10,c1,pen,1,2.00,DE", "3,2024-03-12,c3,pen,1,3.00,FR", "4,bad,,,,,"
    )
    real = compute.converge

    def dies_at_orders(warehouse: Any, table: Any, *rest: Any, **more: Any) -> Any:
        if table.full_name == "silver.orders":
            raise StorageError("silver.orders: killed.")
        return real(warehouse, table, *rest, **more)

    monkeypatch.setattr(compute, "converge", dies_at_orders)
    before = company.versions()
    report = company.tries("silver.orders")
    assert states(report)["silver.orders[shop]"] == "failed"
    assert company.versions()["silver.orders"] == before["silver.orders"]
    assert company.versions()["silver.order_lines"] == before["silver.order_lines"] + 1
    assert amounts(company) == {"1": "1E+1", "2": "5"}

    monkeypatch.setattr(compute, "converge", real)
    company.run("silver.orders")
    assert amounts(company) == {"1": "12", "2": "5", "3": "3"}
    lines = company.rows("silver.order_lines", "order_id", "line_number", "product_id")
    assert lines == [("1", 1, "mug"), ("1", 2, "pen"), ("2", 1, "mug"), ("3", 1, "pen")]
    resumed = accounts(company, 3)["sales order_lines"]
    assert (resumed["read"], resumed["quarantined"]) == (3, 1)
    assert len(company.rows("silver.quarantine", "delivery", "position")) == 2
    assert company.run("silver.orders").is_idle


TWO = {
    name: SALES.replace("source: shop", f"source: {name}\nnamespace: {name}").replace("sales*", f"{name}*")
    for name in ("shop", "web")
}


@pytest.mark.slow
def test_sources_keep_their_ids_apart_and_one_that_fails_does_not_stop_the_other(
    companies: Companies,
) -> None:
    company = companies().maps(TWO["shop"]).maps(TWO["web"], "web")
    company.brings("shop1.csv", *FIRST[:2]).brings("web1.csv", "1,2024-03-10,c1,mug,7,1.00,FR")
    company.run("silver.products")
    assert company.rows(
        "silver.orders", "order_id", "source", "source_order_id", "customer_id", "order_amount"
    ) == [
        ("shop:1", "shop", "1", "shop:c1", Decimal("10.0000")),
        ("shop:2", "shop", "2", "shop:c2", Decimal("5.0000")),
        ("web:1", "web", "1", "web:c1", Decimal("7.0000")),
    ]
    assert company.rows("silver.products", "product_id", "source_product_id", "is_inferred") == [
        ("shop:mug", "mug", True), ("web:mug", "mug", True),
    ]  # fmt: skip
    company.maps(TWO["shop"].replace("unit_price: price", "unit_price: prise"))
    company.brings("web2.csv", "2,2024-03-10,c2,mug,1,1.00,FR")
    report = company.tries("silver.orders")
    (error,) = report.errors
    assert "has no column 'prise'. Did you mean 'price'?" in str(error)
    assert states(report)["silver.orders[web]"] == "done"
    assert states(report)["silver.orders[shop]"] in {"failed", "skipped"}
    assert amounts(company) == {"shop:1": "1E+1", "shop:2": "5", "web:1": "7", "web:2": "1"}


HEADED = """\
source: shop
currency: EUR
feeds:
  lines:
    path: "lines*.csv"
    entities:
      order_lines: {order_id: order, product_id: article, quantity: pieces, unit_price: price}
  heads:
    path: "heads*.csv"
    entities:
      orders: {order_id: order, ordered_at: at, customer_id: customer, order_amount: amount, is_return: back}
"""
LINES, HEADS = "order,article,pieces,price", "order,at,customer,amount,back"


@pytest.mark.slow
def test_orders_have_headers_and_headers_may_come_before_and_after_their_lines(companies: Companies) -> None:
    company = companies().maps(HEADED)
    company.brings("lines1.csv", "1,mug,2,5.00", "2,mug,1,4.00", "9,mug,1,1.00", header=LINES)
    company.brings(
        "heads1.csv", "1,2024-03-10,c1,,no", "2,2024-03-11,c2,,yes", "3,2024-03-12,c3,8.50,no", header=HEADS
    )
    company.run("silver.orders")
    assert company.rows(
        "silver.orders", "order_id", "customer_id", "order_amount", "is_return", "line_count"
    ) == [
        ("1", "c1", Decimal("10.0000"), False, 1),
        ("2", "c2", Decimal("-4.0000"), True, 1),
        ("3", "c3", Decimal("8.5000"), False, 0),
    ]
    assert accounts(company, 1)["lines order_lines"] == {"read": 3, "inserted": 2, "quarantined": 1}
    assert company.rows("silver.quarantine", "reason_codes") == [["ordered_at.missing"]]

    # The header of order 9 comes at last, and a newer one for order 3; order 3 gets a line.
    company.brings("heads2.csv", "9,2024-03-13,c1,,no", "3,2024-03-12,c4,9.00,no", header=HEADS)
    company.brings("lines2.csv", "3,pen,1,2.00", header=LINES)
    company.run("silver.orders")
    assert company.rows("silver.orders", "order_id", "customer_id", "order_amount", "line_count") == [
        ("1", "c1", Decimal("10.0000"), 1),
        ("2", "c2", Decimal("-4.0000"), 1),
        ("3", "c4", Decimal("2.0000"), 1),
        ("9", "c1", Decimal("1.0000"), 1),
    ]
    assert [r is not None for r in company.rows_with_volatile("silver.quarantine", "replayed_at")] == [True]


RATED = HEADED.replace("order_amount: amount", "order_amount: amount, currency: back").replace(
    ", is_return: back", ""
)


TWO_FEEDS = SALES.replace("order_id: order", "line_id: article\n        order_id: order")
TWO_FEEDS += TWO_FEEDS.split("feeds:\n")[1].replace("sales:", "web:").replace("sales*", "web*")


@pytest.mark.slow
def test_each_of_two_feeds_is_told_what_became_of_its_own_rows(company: Company) -> None:
    company.keeps_only = frozenset(
        {"silver.customer_records", "silver.customer_links", "silver.order_lines", "silver.orders"}
    )
    company.maps(TWO_FEEDS)
    company.brings("sales1.csv", FIRST[0]).brings("web1.csv", "w" + FIRST[0])
    company.run()
    company.brings("sales2.csv", FIRST[0].replace("5.00", "6.00"))
    company.brings("web2.csv", *["w" + row for row in (FIRST[1], FIRST[0].replace("mug", "pen"))])
    company.run()
    assert accounts(company, 2) == {
        "sales order_lines": {"read": 1, "updated": 1},
        "web order_lines": {"read": 2, "inserted": 2},
    }


@pytest.mark.slow
def test_header_without_lines_and_without_a_rate_is_quarantined(companies: Companies) -> None:
    company = companies(settings=Settings(reporting_currency="EUR")).maps(RATED)
    company.brings("lines1.csv", "1,mug,2,5.00", header=LINES)
    company.brings("heads1.csv", "1,2024-03-10,c1,,EUR", "2,2024-03-11,c2,5,CHF", header=HEADS)
    company.run("silver.orders")
    assert company.rows("silver.quarantine", "entity", "reason_codes") == [
        ("orders", ["exchange_rate.missing"])
    ]


@pytest.mark.slow
def test_changed_link_moves_orders_to_the_other_customer(company: Company) -> None:
    company.leaves_out = frozenset(
        {"gold.customer_profiles", "gold.kpi_daily", "silver.addressability", "silver.customers"}
    )
    company.brings("sales1.csv", *FIRST[:2], "3,2024-03-12,c2,pen,1,1.50,DE")
    company.run()
    warehouse = company.warehouse
    links = table_frame(
        company.spark,
        CUSTOMER_LINKS,
        [
            {"source": "shop", "source_customer_id": c, "customer_id": "c1", "evidence": "merged by hand"}
            for c in ("c1", "c2")
        ],
    )
    converge(warehouse, CUSTOMER_LINKS, links, Scope())
    report = company.run()
    (told,) = [o for o in report.outcomes if o.step == "silver.orders[shop]"]
    assert "changed keys only" in told.detail
    assert company.rows("silver.orders", "order_id", "customer_id", "source_customer_id") == [
        ("1", "c1", "c1"), ("2", "c1", "c2"), ("3", "c1", "c2"),
    ]  # fmt: skip
    facts = company.rows("gold.customer_facts", "customer_id", "purchase_count", "gross_amount")
    assert facts == [("c1", 3, Decimal("16.5000"))]
    assert company.rows("gold.rfm_scores", "customer_id", "frequency") == [("c1", 3)]


@pytest.mark.slow
def test_file_that_is_gone_does_not_break_the_account_of_a_bronze_table_read_anew(company: Company) -> None:
    company.brings("sales1.csv", *FIRST).brings("sales2.csv", "3,2024-03-12,c1,pen,1,3.00,DE")
    company.run("silver.orders")
    archived = (company.folder / "conf" / "sales1.csv").rename(company.folder / "sales1.csv")
    company.run("silver.orders", full=["bronze.shop_sales"])
    assert amounts(company) == {"3": "3"}
    company.run("silver.orders", full=["silver.orders"])
    assert amounts(company) == {"3": "3"}, "an account of all rows knows which are gone"
    archived.rename(company.folder / "conf" / "sales1.csv")
    company.run("silver.orders")
    assert set(amounts(company)) == {"1", "2", "3"}, "it is back as it was, and is read again"


def test_another_run_holds_the_warehouse(company: Company) -> None:
    company.brings("sales1.csv", *FIRST)
    with leased(company.folder / "warehouse", "theirs"), pytest.raises(LeaseError, match="run theirs"):
        company.run("bronze.shop_sales")


@pytest.mark.slow
def test_plan_tells_what_would_run_and_does_nothing(company: Company) -> None:
    company.brings("sales1.csv", *FIRST)
    before = company.versions()
    plan: Mapping[str, tuple[str, str]] = {
        s: (e, w) for s, e, w in company.runner().plan(Wish(until="silver.orders"))
    }
    assert plan["bronze.shop_sales"] == ("append", "1 new file")
    assert plan["silver.customer_records[shop]"] == ("all", "never computed")
    assert company.versions() == before
    company.run("silver.orders")
    rested = {s: e for s, e, _ in company.runner().plan(Wish(until="silver.orders"))}
    assert set(rested.values()) == {"nothing"}
    company.brings("sales2.csv", "3,2024-03-12,c1,pen,1,3.00,DE")
    moving = {s: e for s, e, _ in company.runner().plan(Wish(until="silver.orders"))}
    assert moving["bronze.shop_sales"] == "append"
    assert moving["silver.orders[shop]"] == "if rows change"
