"""One table -> one CSV, Parquet or Excel file, whatever its size.

Spark writes the chosen columns, sorted by the table's key, into a scratch folder; from there
they stream batch by batch into one file, which takes its name only when it is whole. Where the
scratch folder would not be seen by the executors, rows come over the wire partition by partition.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from customer_chunks.columns.naming import quoted
from customer_chunks.contracts import TABLES
from customer_chunks.errors import ConfigError, StorageError, did_you_mean
from customer_chunks.serving.file_writers import EXCEL_ROWS, WRITERS, Batches
from customer_chunks.storage.warehouse import Warehouse

FORMATS = tuple(WRITERS)
_BATCH = 20_000


@dataclass(frozen=True)
class Exported:
    """What was written, and which columns were left out because they are personal."""

    path: Path
    rows: int
    columns: tuple[str, ...]
    left_out: tuple[str, ...]


def format_of(path: Path, wanted: str | None) -> str:
    """Return the format asked for, else the one that the file's name tells.

    Raises:
        ConfigError: the name tells none.
    """
    ending = path.suffix.lower().lstrip(".")
    if wanted is None and ending not in FORMATS:
        raise ConfigError(
            f"{path}: its name does not tell the format.",
            f"End it in {', '.join(f'.{name}' for name in FORMATS)}, or give --format where there is one.",
        )
    found = wanted or ending
    if found not in FORMATS:
        raise ConfigError(f"There is no export format '{found}'.", did_you_mean(found, FORMATS))
    return found


def check_place(path: Path, *, overwrite: bool) -> None:
    """Raise StorageError where the file may not be written."""
    if path.is_dir():
        raise StorageError(f"{path}: is a folder.", "Name the file to write.")
    if path.exists() and not overwrite:
        raise StorageError(f"{path}: exists already.", "Add --overwrite, or choose another --out.")


def check_folder(path: Path | None) -> None:
    """Raise StorageError where something else is in the place of a folder to write to."""
    if path is not None and path.exists() and not path.is_dir():
        raise StorageError(f"{path}: is no folder.", "Name a folder for the pictures.")


def export_table(warehouse: Warehouse, table: str, path: Path, fmt: str, *, with_pii: bool) -> Exported:
    """Write a table as one file.

    Args:
        warehouse: Where the table lies.
        table: Full name; it exists.
        path: The file; it is replaced in one step when the new one is whole.
        fmt: csv, parquet or xlsx.
        with_pii: Keep the columns that point at a person directly.

    Raises:
        ConfigError: a bronze table is asked for without its personal columns.
        StorageError: the file cannot be written, or does not fit into the format.
        MachineError: the package for Excel is missing.
    """
    frame, left_out = _chosen(warehouse, table, with_pii=with_pii)
    if fmt == "xlsx":
        _must_fit(table, frame.count())
    with _whole_file(path) as draft, _batches(frame, path.parent) as (schema, batches):
        rows = WRITERS[fmt](draft, schema, batches)
    return Exported(path, rows, tuple(frame.columns), left_out)


def export_frame(frame: DataFrame, path: Path, fmt: str) -> int:
    """Write a frame as one file, in its order; return its rows. Nested columns are JSON.

    Raises:
        StorageError: the file cannot be written.
    """
    flat = frame.select(*[_flat(field) for field in frame.schema.fields])
    if fmt == "xlsx":
        _must_fit(str(path), flat.count())
    with _whole_file(path) as draft, _batches(flat, path.parent) as (schema, batches):
        return WRITERS[fmt](draft, schema, batches)


def _chosen(warehouse: Warehouse, table: str, *, with_pii: bool) -> tuple[DataFrame, tuple[str, ...]]:
    """Return the columns to write, sorted by the key, nested ones as JSON; and those left out."""
    frame = warehouse.read(table)
    contract = TABLES.get(table)
    if contract is None and not with_pii:
        raise ConfigError(
            f"{table} holds rows as received, which may be personal.", "Add --with-pii if you may have them."
        )
    left_out = () if with_pii or contract is None else contract.personal_columns
    key = contract.key if contract else ("_delivery", "_position")
    kept = [
        f
        for f in frame.schema.fields
        if f.name not in left_out and (contract is None or not f.name.startswith("_"))
    ]
    return frame.orderBy(*[F.col(quoted(k)) for k in key]).select(*[_flat(f) for f in kept]), left_out


def _flat(field: T.StructField) -> Column:
    column = F.col(quoted(field.name))
    is_nested = isinstance(field.dataType, T.MapType | T.StructType | T.ArrayType)
    return F.to_json(column).alias(field.name) if is_nested else column


def _must_fit(table: str, rows: int) -> None:
    if rows > EXCEL_ROWS:
        raise StorageError(
            f"{table} has {rows:,} rows; an Excel sheet holds {EXCEL_ROWS:,}.", "Use --format csv or parquet."
        )


@contextmanager
def _whole_file(path: Path) -> Iterator[Path]:
    """Give a draft beside the file; it becomes the file when the block ends well, else it goes."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield draft
        os.replace(draft, path)
    except OSError as error:
        raise StorageError(
            f"{path}: cannot be written ({error.strerror or type(error).__name__}).",
            "Give a file in a folder that you may write to, with enough space.",
        ) from None
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


@contextmanager
def _batches(frame: DataFrame, beside: Path) -> Iterator[tuple[pa.Schema, Batches]]:
    """Give the rows in their order, a bounded number at a time."""
    schema = _arrow_schema(frame)
    if not (frame.sparkSession.conf.get("spark.master", "") or "").startswith("local"):
        yield schema, _over_the_wire(frame, schema)
        return
    with tempfile.TemporaryDirectory(prefix=".chunks-export-", dir=beside) as scratch:
        staged = Path(scratch) / "rows"
        frame.write.option("compression", "snappy").parquet(staged.resolve().as_uri())
        yield schema, _staged(staged, schema)


def _staged(folder: Path, schema: pa.Schema) -> Batches:
    for part in sorted(folder.glob("*.parquet")):
        with pq.ParquetFile(part) as file:
            for batch in file.iter_batches(_BATCH):
                yield pa.RecordBatch.from_arrays(
                    [c.cast(f.type) for c, f in zip(batch.columns, schema, strict=True)], schema=schema
                )


def _over_the_wire(frame: DataFrame, schema: pa.Schema) -> Batches:
    rows: list[dict[str, Any]] = []
    for row in frame.toLocalIterator():
        rows.append(row.asDict())
        if len(rows) == _BATCH:
            yield pa.RecordBatch.from_pylist(rows, schema=schema)
            rows = []
    yield pa.RecordBatch.from_pylist(rows, schema=schema)


def _arrow_schema(frame: DataFrame) -> pa.Schema:
    """Return the schema of the file: instants in UTC, the contract's decimals as they are."""
    plain: Mapping[type[T.DataType], Callable[[], pa.DataType]] = {
        T.LongType: pa.int64, T.IntegerType: pa.int32, T.ShortType: pa.int16, T.ByteType: pa.int8,
        T.DoubleType: pa.float64, T.FloatType: pa.float32, T.BooleanType: pa.bool_, T.DateType: pa.date32,
        T.BinaryType: pa.binary,
    }  # fmt: skip

    def arrow(kind: T.DataType) -> pa.DataType:
        if isinstance(kind, T.DecimalType):
            return pa.decimal128(kind.precision, kind.scale)
        if isinstance(kind, T.TimestampType | T.TimestampNTZType):
            return pa.timestamp("us", tz="UTC" if isinstance(kind, T.TimestampType) else None)
        return plain.get(type(kind), pa.string)()

    return pa.schema([pa.field(f.name, arrow(f.dataType)) for f in frame.schema.fields])
