"""How many pieces a shuffle begins with: more where rows are many, unless somebody has said it.

A piece that fits into a task's memory is sorted there; a larger one is written to disk and read again.
Spark puts small pieces together by itself, and cuts none.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from customer_chunks.flow.few import interpreted_where_few
from customer_chunks.flow.session import PARTITIONS_VARIABLE
from customer_chunks.storage.ledger import rows_received
from customer_chunks.storage.warehouse import Warehouse

ROWS_A_PIECE = 1_000_000
"""Some 300 MB of order lines while they are sorted."""
PIECES = "spark.sql.adaptive.coalescePartitions.initialPartitionNum"
_USUAL = "spark.sql.shuffle.partitions"


@contextmanager
def sized(warehouse: Warehouse) -> Iterator[None]:
    """Let queries inside the block be run as suits the rows that were received: in pieces, or interpreted."""
    with pieces(warehouse), interpreted_where_few(warehouse, rows_received(warehouse)):
        yield


@contextmanager
def pieces(warehouse: Warehouse) -> Iterator[None]:
    """Let shuffles inside the block begin with a piece for each million rows that were received, or more."""
    conf = warehouse.spark.conf
    wanted = rows_received(warehouse) // ROWS_A_PIECE
    is_said = PARTITIONS_VARIABLE in os.environ or conf.get(PIECES, None) is not None
    if is_said or wanted <= int(conf.get(_USUAL) or 0):
        yield
        return
    conf.set(PIECES, str(wanted))
    try:
        yield
    finally:
        conf.unset(PIECES)
