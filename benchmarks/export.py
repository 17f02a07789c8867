"""Delta tables as Parquet, to be compared: `python benchmarks/export.py OUT [whole]`. Not timed.

``whole`` keeps the columns of our order lines that no other contender has.
"""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":  # this folder has files named like the packages they measure
    sys.path[0] = str(Path(__file__).parent.parent)

from benchmarks.compare import TABLES
from customer_chunks.flow.session import build_session

ORDER_LINE = {"source_line_id": "line_no", "discount_amount": "discount"}
"""Names of our order lines' columns that the others have otherwise."""
OURS_ALONE = ("product_name", "source", "line_kind", "line_amount_base", "ordered_on")
"""Columns of our order lines that the others do not have, most of what they take."""
WHOLE = "whole"

if __name__ == "__main__":
    out = Path(sys.argv[1])
    left_out = ["_row_hash", *(() if WHOLE in sys.argv[2:] else OURS_ALONE)]
    spark = build_session("export")
    for table in TABLES:
        logs = list(out.rglob(f"{table}/_delta_log"))  # we have no table of rejected rows
        for log in logs:
            rows = spark.read.format("delta").load(str(log.parent))
            if table == "order_lines":
                rows = rows.withColumnsRenamed(ORDER_LINE).drop(*left_out)
            rows.write.mode("overwrite").parquet(str(out / "export" / table))
    spark.stop()
