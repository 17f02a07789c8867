"""A simulated company through every step: the tables hold what the truth says, row by row."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession

from customer_chunks.config.settings import read_settings
from customer_chunks.flow.accounts import Account
from customer_chunks.generator import Company as SimulatedCompany
from customer_chunks.generator import Dirt, generate
from tests.flow.company import Company

DIRT = Dirt(
    late_order=0.05, duplicate_line=0.02, corrected_line=0.02, bad_date=0.01, text_quantity=0.01,
    negative_price=0.01, missing_order_id=0.01, duplicate_order=0.03, corrected_order=0.03,
    bad_order_date=0.02, bad_order_item=0.02, test_order=0.02, duplicate_event=0.02, bad_event=0.02,
)  # fmt: skip
UTC = ZoneInfo("UTC")


def told_accounts(folder: Path) -> dict[tuple[str, str], Counter[str]]:
    """Return rows by fate of each feed and entity; the company's feeds have names of their own."""
    found: dict[tuple[str, str], Counter[str]] = {}
    with (folder / "truth" / "accounts.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            fate = f"{row['fate']}:{row['code']}".rstrip(":")
            found.setdefault((row["feed"], row["entity"]), Counter())[fate] = int(row["rows"])
    return found


def counted(account: Account) -> Counter[str]:
    plain = {
        "accepted": account.accepted,
        "duplicate": account.duplicate,
        "superseded": account.superseded,
        **{f"excluded:{rule}": n for rule, n in account.excluded_by.items()},
        **{f"quarantined:{reason}": n for reason, n in account.quarantined_by.items()},
    }
    return Counter({fate: n for fate, n in plain.items() if n})


def instant(order: dict[str, object]) -> datetime:
    """Return when an order was placed, in UTC without a zone: the tills tell the head office's clock."""
    told = datetime.fromisoformat(str(order["ordered_at"]))
    zone = ZoneInfo("Europe/Berlin") if order["system"] == "shop" else UTC
    return told.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None)


@pytest.mark.slow
def test_tables_hold_what_the_truth_says(
    spark: SparkSession, tmp_path: Path, companies: Callable[..., Company]
) -> None:
    made = tmp_path / "made"
    generate(spark, SimulatedCompany(300, 60, 11, daily=3, dirt=DIRT), made)
    company = companies(settings=read_settings(made / "settings.yml"))
    for part in made.iterdir():
        part.rename(company.folder / part.name)
    (company.folder / "conf").rmdir()
    (company.folder / "sources").rename(company.folder / "conf")
    report = company.run()

    orders = pq.read_table(company.folder / "truth" / "orders").to_pylist()
    truth = {
        o["order_id"]: (
            o["customer_id"], instant(o), Decimal(o["order_amount"]), Decimal(o["charges_amount"]),
            o["currency"], o["channel"], o["is_return"], o["line_count"], o["quarantined_line_count"],
        )
        for o in orders
        if o["is_standing"]
    }  # fmt: skip
    columns = (
        "order_id", "customer_id", "ordered_at", "order_amount", "charges_amount", "currency", "channel",
        "is_return", "line_count", "quarantined_line_count",
    )  # fmt: skip
    found = {row[0]: row[1:] for row in company.rows("silver.orders", *columns)}
    assert found.keys() == truth.keys()
    assert found == truth

    counts = {(a.feed, a.entity): counted(a) for o in report.outcomes for a in o.accounts}
    assert counts == told_accounts(company.folder)

    owners = pq.read_table(company.folder / "truth" / "person_ids")
    ids = sorted(owners["source_customer_id"].to_pylist())
    assert company.rows("silver.customers", "customer_id") == ids
