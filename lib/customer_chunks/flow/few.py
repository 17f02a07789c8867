"""Queries over few rows are interpreted, unless somebody has said otherwise: compiling them takes longer.

On 2 cores a day of 2,000 lines on 200,000 took 78 s instead of 103, and the load before it 114 instead of
125; a load of a million lines takes 180 instead of 152.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from customer_chunks.columns.failures import SPARK_FAILURES
from customer_chunks.sources.inspected import Inspected
from customer_chunks.storage.warehouse import Warehouse

FEW = 300_000
INTERPRETED = {"spark.sql.codegen.wholeStage": "false", "spark.sql.codegen.factoryMode": "NO_CODEGEN"}
_BYTES_A_ROW = 50
_SMALLER = 10
"""So many times smaller files may be than the text that they hold: compressed, or by columns."""
_TEXT = (".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson")


@contextmanager
def interpreted_where_few(warehouse: Warehouse, rows: int) -> Iterator[None]:
    """Let Spark interpret the queries inside the block where there are at most ``FEW`` rows."""
    conf = warehouse.spark.conf
    if rows > FEW or any(conf.get(key, None) is not None for key in INTERPRETED):
        yield
        return
    try:
        for key, value in INTERPRETED.items():
            conf.set(key, value)
        yield
    finally:
        with suppress(*SPARK_FAILURES):  # where Spark is gone, what went wrong inside is what counts
            for key, value in INTERPRETED.items():
                if conf.get(key, None) == value:
                    conf.unset(key)


def most_rows_in(files: Sequence[Inspected]) -> int:
    """Return how many rows the files hold at most, by their sizes: lines are rarely shorter than 50 bytes."""
    sizes = (f.file.bytes * (1 if f.file.path.lower().endswith(_TEXT) else _SMALLER) for f in files)
    return sum(sizes) // _BYTES_A_ROW
