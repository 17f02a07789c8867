"""A small company on disk: the same rows however it is divided, files that hold what the truth says."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession

from customer_chunks.config.mapping import read_mappings
from customer_chunks.config.settings import read_settings
from customer_chunks.errors import ConfigError, StorageError
from customer_chunks.generator import Company, Dirt, generate, simulate

DIRT = Dirt(
    late_order=0.4, duplicate_line=0.02, corrected_line=0.02, bad_date=0.01, text_quantity=0.01,
    negative_price=0.01, missing_order_id=0.01, duplicate_order=0.03, corrected_order=0.03,
    bad_order_date=0.02, bad_order_item=0.02, test_order=0.02, duplicate_event=0.02, bad_event=0.02,
)  # fmt: skip
COMPANY = Company(200, 60, 5, daily=7, dirt=DIRT)
FEEDS = ("shop/sales", "eshop/orders", "loyalty/points", "crm/contacts", "app/users")


@pytest.fixture(scope="module")
def made(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("company") / "made"
    generate(spark, COMPANY, folder, partitions=1)
    return folder


def lines(folder: Path, feed: str) -> Counter[tuple[str, str]]:
    """Return the lines of a feed with the delivery that brought them; parts of a delivery count as one."""
    found: Counter[tuple[str, str]] = Counter()
    for path in folder.glob(f"{feed}_*"):
        delivery = path.stem.partition("_part")[0]
        text = path.read_bytes().decode("latin-1")
        found.update((delivery, line) for line in text.split("\n") if line)
    return found


def records(folder: Path, feed: str) -> list[dict[str, str]]:
    """Return the records of a till's or the CRM's files."""
    read = []
    for path in sorted(folder.glob(f"{feed}_*.csv")):
        with path.open(encoding="latin-1", newline="") as file:
            read += list(csv.DictReader(file, delimiter=";"))
    return read


def truth(folder: Path, name: str) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = pq.read_table(folder / "truth" / name).to_pylist()
    return rows


def expected(folder: Path, feed: str) -> Counter[str]:
    with (folder / "truth" / "accounts.csv").open(encoding="utf-8") as file:
        rows = [r for r in csv.DictReader(file) if f"{r['source']}/{r['feed']}" == feed]
    return Counter({f"{r['fate']}:{r['code']}".rstrip(":"): int(r["rows"]) for r in rows})


@pytest.mark.slow
def test_rows_are_the_same_however_the_people_are_divided(
    spark: SparkSession, made: Path, tmp_path: Path
) -> None:
    generate(spark, COMPANY, tmp_path / "seven", partitions=7)
    for feed in FEEDS:
        one, seven = lines(made, feed), lines(tmp_path / "seven", feed)
        headers = {line for _, line in one if line.startswith(("Filiale;", "event\t", "contact_id,"))}
        assert {k: n for k, n in one.items() if k[1] not in headers} == {
            k: n for k, n in seven.items() if k[1] not in headers
        }
    accounts = Path("truth") / "accounts.csv"
    assert (made / accounts).read_text() == (tmp_path / "seven" / accounts).read_text()


def test_only_files_of_the_company_are_left(made: Path) -> None:
    names = [p.name for p in made.rglob("*")]
    assert not [n for n in names if n.startswith((".", "_")) or n.endswith(".crc")]
    assert not list(made.parent.glob(".*"))
    assert {p.name for p in made.iterdir() if p.is_dir()} == {
        "shop", "eshop", "loyalty", "crm", "app", "erp", "sources", "truth",
    }  # fmt: skip


def test_deliveries_are_a_backfill_and_then_a_file_a_day(made: Path) -> None:
    names = sorted(p.name for p in made.glob("shop/sales_*"))
    assert names[0] == "sales_2024-11-02_to_2024-12-24.csv"
    assert names[1:] == [f"sales_2024-12-{day}.csv" for day in range(25, 32)]


def test_mappings_and_settings_can_be_read(made: Path) -> None:
    assert [m.name for m in read_mappings(made / "sources")] == [
        "app", "crm", "erp", "eshop", "loyalty", "shop",
    ]  # fmt: skip
    assert read_settings(made / "settings.yml").reporting_currency == "EUR"


def test_till_lines_are_as_dirty_as_the_truth_says(made: Path) -> None:
    rows, told = records(made, "shop/sales"), expected(made, "shop/sales")
    bad = {
        "quarantined:ordered_at.unparsable": lambda r: r["Datum"].startswith("31.02."),
        "quarantined:quantity.unparsable": lambda r: r["Menge"] == "Stk",
        "quarantined:unit_price.negative": lambda r: (
            r["Preis"].startswith("-") and r["Artikel"] != "ROUNDING"
        ),
        "quarantined:order_id.missing": lambda r: not r["Bon"],
    }
    found = Counter({fate: n for fate, rule in bad.items() if (n := sum(map(rule, rows)))})
    good = [r for r in rows if not any(rule(r) for rule in bad.values())]
    versions: dict[tuple[str, str], set[str]] = {}
    for row in good:
        versions.setdefault((row["Bon"], row["Pos"]), set()).add(json.dumps(row))
    found["accepted"] = len(versions)
    found["superseded"] = sum(len(v) - 1 for v in versions.values())
    found["duplicate"] = len(good) - found["accepted"] - found["superseded"]
    assert found == told
    assert len(found) == 7


def test_orders_of_the_truth_are_the_sums_of_the_files(made: Path) -> None:
    """The newest row of a line counts; only product lines that can be read are summed."""
    sums: Counter[str] = Counter()
    newest = {(r["Bon"], r["Pos"]): r for r in records(made, "shop/sales") if r["Bon"]}
    for (order, _), row in newest.items():
        price = row["Preis"].replace(",", "")
        if (
            row["Datum"].startswith("31.02.")
            or row["Menge"] == "Stk"
            or row["Artikel"] in {"BAG", "ROUNDING"}
        ):
            continue
        if not price.startswith("-"):
            sums[order] += int(row["Menge"]) * int(price) - int(row["Rabatt"].replace(",", ""))
    told = {
        t["order_id"]: round(float(str(t["order_amount"])) * 100)
        for t in truth(made, "orders")
        if t["system"] == "shop" and t["is_standing"]
    }
    assert told
    assert {o: sums[o] for o in told} == told


def test_late_orders_come_after_their_day(made: Path) -> None:
    late = {t["order_id"] for t in truth(made, "orders") if t["is_late"] and t["system"] == "shop"}
    assert late
    for path in made.glob("shop/sales_2024-12-*.csv"):
        day = path.stem[-10:]
        with path.open(encoding="latin-1") as file:
            for row in csv.DictReader(file, delimiter=";"):
                told = f"{row['Datum'][6:10]}-{row['Datum'][3:5]}-{row['Datum'][:2]}"
                is_on_time = told == day
                if row["Bon"] in late and not row["Datum"].startswith("31.02."):
                    assert not is_on_time


def test_every_id_in_the_files_belongs_to_one_person(made: Path) -> None:
    owners = truth(made, "person_ids")
    ids = [str(o["source_customer_id"]) for o in owners]
    assert len(set(ids)) == len(ids)
    cards = {r["Karte"].removesuffix(".0") for r in records(made, "shop/sales") if r["Karte"]}
    assert cards <= {str(o["source_customer_id"]) for o in owners if o["system"] == "loyalty"}
    members = {line[:10] for _, line in lines(made, "loyalty/members")}
    assert members == {str(o["source_customer_id"]) for o in owners if o["system"] == "loyalty"}


def test_another_seed_is_another_company(spark: SparkSession) -> None:
    first, second = (
        {tuple(r)[:6] for r in simulate.orders(spark, Company(100, 30, seed), 1).collect()} for seed in (1, 2)
    )
    assert not first & second


@pytest.mark.parametrize(
    ("numbers", "said"),
    [((99, 60), "--customers must be from 100"), ((100, 29), "--days must be from 30")],
)
def test_impossible_companies_are_refused(numbers: tuple[int, int], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        Company(*numbers)


def test_folder_that_holds_something_is_left_alone(spark: SparkSession, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(StorageError, match="exists and is not empty"):
        generate(spark, COMPANY, tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]
