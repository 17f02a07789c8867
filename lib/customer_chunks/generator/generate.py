"""The whole company on one page: people and orders are played out once, then each system writes files."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from time import monotonic

from pyspark.sql import DataFrame, SparkSession

from customer_chunks.errors import StorageError
from customer_chunks.generator import simulate, truth
from customer_chunks.generator.company import Company
from customer_chunks.generator.files import Export, Written, write
from customer_chunks.generator.people import with_identity
from customer_chunks.generator.readme import readme
from customer_chunks.generator.systems import app, crm, erp, eshop, loyalty, shop
from customer_chunks.sources.frames import spark_path

Heard = Callable[[str, str, float], None]
"""Hears of every step: its name, what it wrote, and its seconds."""
SYSTEMS = ("shop", "eshop", "loyalty", "crm", "app", "erp")


@dataclass(frozen=True)
class Generated:
    """What was made: the folder and what each export holds."""

    folder: Path
    written: tuple[Written, ...]

    @property
    def order_lines(self) -> int:
        """How many rows of order lines the selling systems delivered, copies and spoilt ones included."""
        return sum(sum(w.fates.values()) for w in self.written if w.export.entity == "order_lines")


def generate(
    spark: SparkSession,
    company: Company,
    out: Path,
    *,
    partitions: int | None = None,
    heard: Heard = lambda step, what, seconds: None,
) -> Generated:
    """Write a company's files, the mappings that read them, and the truth.

    Everything is written into a hidden folder beside ``out``, which takes its name when all is there: a
    company that was not finished never looks like one.

    Args:
        spark: A session whose time zone is UTC.
        company: The company.
        out: Where; it must not exist, or be an empty folder.
        partitions: Into how many parts the people are divided; the rows are the same for any number.
        heard: Hears of every step.

    Raises:
        StorageError: the folder holds something, or cannot be written.
    """
    must_be_free(out)
    folder = out.absolute().with_name(f".{out.absolute().name}.unfinished")
    try:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        written = _written(spark, company, folder, partitions, heard)
        shutil.rmtree(folder / ".played")
        if out.exists():
            out.rmdir()
        folder.replace(out)
    except OSError as error:
        raise StorageError(f"{out}: cannot be written ({error.strerror}).", "Choose another --out.") from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return Generated(out, written)


def exports(spark: SparkSession, company: Company, people: DataFrame, orders: DataFrame) -> Iterator[Export]:
    """Return what every system exports, one after another.

    Args:
        spark: The session.
        company: The company.
        people: ``people.with_identity``.
        orders: ``simulate.orders``.
    """
    yield erp.products_export(spark, company)
    yield erp.rates_export(spark, company)
    yield shop.sales(shop.receipts(orders, company), company)
    yield eshop.orders_export(eshop.documents(orders, company), company)
    yield eshop.accounts(people, company)
    yield loyalty.members_export(people, company)
    yield loyalty.points_export(orders, people, company)
    yield crm.customers_export(people, company)
    yield crm.consents_export(people, company)
    yield crm.contacts_export(people, orders, company)
    yield app.users_export(people, company)
    yield app.wallets_export(people, company)
    yield app.events_export(people, orders, company)


def truths(company: Company, people: DataFrame, orders: DataFrame) -> Iterator[tuple[str, DataFrame]]:
    """Return the frames of the truth by name."""
    receipts, documents = shop.receipts(orders, company), eshop.documents(orders, company)
    yield "persons", truth.persons(people, company)
    yield "person_ids", truth.person_ids(people, company)
    yield "orders", truth.order_truth(receipts).unionByName(truth.order_truth(documents))
    yield "spoilt_lines", truth.spoilt_rows(receipts).unionByName(truth.spoilt_rows(documents))
    yield "campaign_members", truth.treated_and_control(people)


def _written(
    spark: SparkSession, company: Company, folder: Path, partitions: int | None, heard: Heard
) -> tuple[Written, ...]:
    people, orders = _played(spark, company, folder / ".played", partitions, heard)
    written = []
    for export in exports(spark, company, people, orders):
        with _timed(heard, f"{export.system}/{export.stem}") as told:
            written.append(write(export, company, folder))
            told.append(f"{sum(written[-1].fates.values()):,} rows in {len(written[-1].files)} files")
    for name, frame in truths(company, people, orders):
        with _timed(heard, f"truth/{name}") as told:
            _write_truth(frame, folder / "truth" / name)
            told.append("written")
    truth.write_small_truths(company, written, folder / "truth")
    _write_own_words(company, tuple(written), folder)
    return tuple(written)


def _played(
    spark: SparkSession, company: Company, place: Path, partitions: int | None, heard: Heard
) -> tuple[DataFrame, DataFrame]:
    """Play people and orders out once and keep them beside: every system reads them."""
    frames = {
        "people": with_identity(simulate.people(spark, company, partitions), company),
        "orders": simulate.orders(spark, company, partitions),
    }
    kept = {}
    for name, frame in frames.items():
        with _timed(heard, name) as told:
            frame.write.parquet(spark_path(str(place / name)))
            told.append("played out")
        kept[name] = spark.read.schema(frame.schema).parquet(spark_path(str(place / name)))
    return kept["people"], kept["orders"]


def _write_truth(frame: DataFrame, folder: Path) -> None:
    """Write a frame as Parquet files part1.parquet, part2.parquet... and nothing else."""
    parts = folder.with_name(f".{folder.name}")
    frame.write.parquet(spark_path(str(parts)))
    folder.mkdir(parents=True)
    for number, part in enumerate(sorted(parts.glob("part-*")), start=1):
        part.replace(folder / f"part{number}.parquet")
    shutil.rmtree(parts)


def _write_own_words(company: Company, written: tuple[Written, ...], folder: Path) -> None:
    """Write the mappings, the settings and a page that says what is where."""
    ours = files("customer_chunks.generator")
    (folder / "sources").mkdir()
    for system in SYSTEMS:
        text = ours.joinpath("sources", f"{system}.yml").read_text(encoding="utf-8")
        (folder / "sources" / f"{system}.yml").write_text(text, encoding="utf-8")
    settings = ours.joinpath("settings.yml").read_text(encoding="utf-8")
    (folder / "settings.yml").write_text(settings, encoding="utf-8")
    (folder / "README.md").write_text(readme(company, written), encoding="utf-8")


@contextmanager
def _timed(heard: Heard, step: str) -> Iterator[list[str]]:
    begun, told = monotonic(), list[str]()
    yield told
    heard(step, " ".join(told), monotonic() - begun)


def must_be_free(out: Path) -> None:
    """Refuse a folder that holds something.

    Raises:
        StorageError: it is a file, or is not empty.
    """
    if out.is_file():
        raise StorageError(f"{out}: is a file.", "Name a folder with --out.")
    if out.is_dir() and any(out.iterdir()):
        raise StorageError(f"{out}: exists and is not empty.", "Choose another --out, or remove it first.")
