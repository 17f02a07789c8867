"""Frames of text -> the files of a delivery, named as their owner would name them.

Spark writes into a hidden folder beside; its parts are then moved to ``SYSTEM/STEM_DAY.ENDING``,
numbered where a delivery has several. Nothing else of Spark's is left.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pyspark.sql import Column, DataFrame, Observation
from pyspark.sql import functions as F

from customer_chunks.generator.company import Company
from customer_chunks.generator.dirt import DELIVERY, FATE, FATES
from customer_chunks.sources.frames import spark_path

BACKFILL = 0
OTHERS, OTHERS_FATE = "_others", "_others_fate"
_UTF8, _LATIN1 = {"encoding": "UTF-8"}, {"encoding": "ISO-8859-1"}


@dataclass(frozen=True)
class Dialect:
    """How a system writes: Spark's writer, its options and the ending of the files."""

    writer: str
    ending: str
    options: Mapping[str, str] = field(default_factory=dict)


TILL_CSV = Dialect("csv", "csv", {"sep": ";", "header": "true", **_LATIN1})
PLAIN_CSV = Dialect("csv", "csv", {"sep": ",", "header": "true", "escape": '"', **_UTF8})
TSV = Dialect("csv", "tsv", {"sep": "\t", "header": "true", **_UTF8})
JSON_LINES = Dialect("text", "jsonl", _UTF8)
FIXED_WIDTH = Dialect("text", "txt", _UTF8)
PARQUET = Dialect("parquet", "parquet")


@dataclass(frozen=True)
class Export:
    """One kind of file of one system.

    ``frame`` has the columns of the file in their order (with a text writer one), ``_delivery`` and
    ``_fate``; where a document has items, ``_fate`` is the first one's, and there are ``_others`` more, whose
    fate is ``_others_fate``. ``entity`` is what its rows are to a reader.
    """

    system: str
    stem: str
    dialect: Dialect
    entity: str
    frame: DataFrame
    sorted_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Written:
    """What was written: rows by fate, and the files, relative to the company's folder."""

    export: Export
    fates: dict[str, int]
    files: tuple[str, ...]


def write(export: Export, company: Company, folder: Path) -> Written:
    """Write all deliveries of an export and count its rows by fate.

    The backfill is written as it comes, in as many parts as the frame has; the daily deliveries, small
    ones, are first put together so that each is one file.
    """
    counts: dict[str, int] = dict.fromkeys(FATES, 0)
    files: list[str] = []
    parts = [export.frame.where(F.col(DELIVERY) > BACKFILL).repartition(F.col(DELIVERY))]
    if company.backfill_days:
        parts.insert(0, export.frame.where(F.col(DELIVERY) == BACKFILL))
    for frame in parts:
        observed = Observation()
        _spark_files(export, _watched(frame, observed), folder / ".parts")
        for fate, rows in observed.get.items():
            counts[fate] += int(rows or 0)
        files += _moved(export, company, folder)
    return Written(export, {fate: rows for fate, rows in counts.items() if rows}, tuple(files))


def _watched(frame: DataFrame, observed: Observation) -> DataFrame:
    def rows(fate: str) -> Column:
        first = F.sum(F.when(F.col(FATE) == fate, 1).otherwise(0))
        if OTHERS not in frame.columns:
            return first
        return first + F.sum(F.when(F.col(OTHERS_FATE) == fate, F.col(OTHERS)).otherwise(0))

    return frame.observe(observed, *[rows(fate).alias(fate) for fate in FATES])


def _spark_files(export: Export, frame: DataFrame, folder: Path) -> None:
    if export.sorted_by:
        frame = frame.sortWithinPartitions(DELIVERY, *export.sorted_by)
    writer = frame.drop(FATE, OTHERS, OTHERS_FATE).write.mode("overwrite").partitionBy(DELIVERY)
    writer.format(export.dialect.writer).options(**export.dialect.options).save(spark_path(str(folder)))


def _moved(export: Export, company: Company, folder: Path) -> list[str]:
    target = folder / export.system
    target.mkdir(parents=True, exist_ok=True)
    moved = []
    for place in sorted((folder / ".parts").glob(f"{DELIVERY}=*")):
        parts = sorted(p for p in place.iterdir() if p.name.startswith("part-"))
        name = f"{export.stem}_{delivery_days(company, int(place.name.partition('=')[2]))}"
        for number, part in enumerate(parts, start=1):
            several = f"_part{number}" if len(parts) > 1 else ""
            path = target / f"{name}{several}.{export.dialect.ending}"
            part.replace(path)
            moved.append(str(path.relative_to(folder)))
    shutil.rmtree(folder / ".parts")
    return moved


def delivery_days(company: Company, delivery: int) -> str:
    """Return the days of a delivery as file names tell them: 2024-12-02, or 2024-01-02_to_2024-12-01."""
    if delivery == BACKFILL:
        return f"{company.begins_on}_to_{company.day(company.backfill_days - 1)}"
    return str(company.day(company.backfill_days + delivery - 1))
