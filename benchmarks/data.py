"""Order lines for the benchmark: `python benchmarks/data.py LINES FOLDER`, the same for the same LINES."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc

CHUNK = 1_000_000


def write_lines(lines: int, folder: Path) -> None:
    """Write lines.csv: five lines an order, orders spread over two years, 2% exact copies."""
    random = np.random.default_rng(7)
    customers = max(lines // 100, 10)
    start = np.datetime64("2023-01-01T00:00:00")
    writer = None
    for first in range(0, lines, CHUNK):
        number = np.arange(first, min(first + CHUNK, lines))
        order = number // 5
        owner = (order * 2654435761 % customers).astype("int64")
        at = start + (order * 7919 % (730 * 86400)).astype("timedelta64[s]")
        table = pa.table(
            {
                "order_no": order,
                "customer_no": owner,
                "ordered_at": np.datetime_as_string(at, unit="s"),
                "sku": random.integers(1, 20_000, len(number)),
                "quantity": random.integers(1, 6, len(number)),
                "price": np.round(random.gamma(2.0, 4.0, len(number)) + 0.01, 2),
                "country": np.array(["DE", "FR", "GB", "US"])[owner % 4],
            }
        )
        copies = table.take(pa.array(random.integers(0, len(number), len(number) // 50)))
        writer = writer or pc.CSVWriter(folder / "lines.csv", table.schema)
        writer.write_table(table)
        writer.write_table(copies)
    if writer is not None:
        writer.close()


if __name__ == "__main__":
    write_lines(int(sys.argv[1]), Path(sys.argv[2]))
