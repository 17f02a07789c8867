"""A frame must be what the contract says before it may be written."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from customer_chunks.contracts import Table
from customer_chunks.contracts.table import ROW_HASH
from customer_chunks.errors import ContractError


def row_hash(columns: dict[str, str]) -> Column:
    """Return the hash of a row: 64 bits over the given columns (name -> Spark type).

    xxhash64 skips nulls, so every value goes with a mark of its column: a value that moves
    from one column to its neighbour is a change. Maps are hashed as sorted entries.
    """
    parts: list[Column] = []
    for number, (name, spark_type) in enumerate(columns.items()):
        value = F.col(name)
        hashed = F.sort_array(F.map_entries(value)) if spark_type.startswith("map<") else value
        parts += [F.when(value.isNotNull(), F.lit(number)), hashed]
    return F.xxhash64(*parts)


def conform(frame: DataFrame, table: Table) -> DataFrame:
    """Return the frame with the contract's columns in its order, ``_row_hash`` filled in.

    Raises:
        ContractError: columns are missing, mistyped or extra; all of them at once. Nothing is cast.
    """
    have = {f.name: f.dataType.simpleString() for f in frame.schema.fields}
    wanted = {name: t for name, t in table.types.items() if name != ROW_HASH}
    missing = sorted(set(wanted) - set(have))
    extra = sorted(set(have) - set(wanted) - {ROW_HASH})
    mistyped = sorted(f"{n} is {have[n]}, not {t}" for n, t in wanted.items() if n in have and have[n] != t)
    problems = [
        f"{word}: {', '.join(names)}"
        for word, names in (("missing", missing), ("extra", extra), ("mistyped", mistyped))
        if names
    ]
    if problems:
        raise ContractError(
            f"{table.full_name}: the frame breaks its contract ({'; '.join(problems)}).", "Mend its builder."
        )
    if ROW_HASH in table.types:
        hashed = {name: table.types[name] for name in table.hashed_columns}
        frame = frame.withColumn(ROW_HASH, row_hash(hashed))
    return frame.select(*table.column_names)
