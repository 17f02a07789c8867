"""Delta tables as Parquet, so that they can be compared: `python benchmarks/export.py OUT`. Not timed."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).parent.parent)  # this folder has files named like the packages they measure

from benchmarks.compare import TABLES  # noqa: E402 - see above
from customer_chunks.flow.session import build_session  # noqa: E402 - see above

if __name__ == "__main__":
    out = Path(sys.argv[1])
    spark = build_session("export")
    for table in TABLES:
        (log,) = out.rglob(f"{table}/_delta_log")
        rows = spark.read.format("delta").load(str(log.parent))
        rows.write.mode("overwrite").parquet(str(out / "export" / table))
