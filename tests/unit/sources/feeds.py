"""Feeds and files for the tests of ``sources``, small enough to be checked by eye."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from customer_chunks.config.mapping import Feed, FileLayout
from customer_chunks.sources.files import list_files
from customer_chunks.sources.inspect import inspect
from customer_chunks.sources.inspected import Inspected
from customer_chunks.sources.read import read


def a_feed(*paths: Path | str, fmt: str = "csv", **layout: Any) -> Feed:
    """Return a feed over the paths whose layout has the defaults of a mapping file."""
    delimiter = layout.pop("delimiter", "\t" if fmt == "tsv" else ",")
    header = layout.pop("has_header", fmt != "fixed_width")
    spans = layout.get("spans", ())
    columns = layout.pop("columns", tuple(name for name, _, _ in spans))
    made = FileLayout(format=fmt, delimiter=delimiter, has_header=header, columns=columns, **layout)
    return Feed(source="shop", name="sales", paths=tuple(map(str, paths)), layout=made, entities=())


def a_file(path: Path, content: str | bytes, encoding: str = "utf-8") -> Path:
    """Write a file byte by byte as given, its folder too; .gz and .zip are packed."""
    data = content if isinstance(content, bytes) else content.encode(encoding)
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(path.stem, data)
    else:
        path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def inspected(feed: Feed) -> list[Inspected]:
    """Return the feed's files, looked through."""
    return [inspect(file, feed) for file in list_files(feed)]


def frame_of(spark: SparkSession, feed: Feed, staging: Path) -> DataFrame:
    """Return what ``read`` makes of the feed."""
    return read(spark, feed, inspected(feed), staging=staging)


def rows_of(spark: SparkSession, feed: Feed, staging: Path) -> list[tuple[Any, ...]]:
    """Return the rows in order of file and position, without ``_path``."""
    rows = frame_of(spark, feed, staging).collect()
    rows.sort(key=lambda row: (row["_path"], row["_position"]))
    return [
        tuple(value for name, value in row.asDict(recursive=True).items() if name != "_path") for row in rows
    ]
