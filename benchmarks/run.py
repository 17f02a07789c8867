"""Speed as a ratio: our flow next to DuckDB and textbook PySpark on the same order lines, in one run.

    python benchmarks/run.py --lines 2000000

Each contender is a process of its own and is timed whole: raw CSV stored, lines cleaned and
de-duplicated, orders assembled, RFM scored. The number of scored customers must agree.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).parent
CONTENDERS = ("customer_chunks", "duckdb", "textbook_pyspark")


def main() -> int:
    """Write the data, time every contender, print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=int, default=2_000_000)
    parser.add_argument("--only", choices=CONTENDERS, nargs="*", default=list(CONTENDERS))
    args = parser.parse_args()
    print(_machine())
    with tempfile.TemporaryDirectory(prefix="chunks-bench-") as place:
        folder = Path(place)
        subprocess.run([sys.executable, HERE / "data.py", str(args.lines), str(folder)], check=True)  # noqa: S603
        size = (folder / "lines.csv").stat().st_size / 1e6
        print(f"{args.lines:,} lines with 2% copies, {size:,.0f} MB of CSV")
        found = {name: _timed(name, folder) for name in args.only}
    base = min(found.values(), key=lambda pair: pair[0])[0]
    for name, (seconds, customers) in found.items():
        print(f"{name:<18} {seconds:8.1f} s   {seconds / base:5.2f} x the fastest   {customers} customers")
    return 0 if len({customers for _, customers in found.values()}) == 1 else 1


def _timed(name: str, folder: Path) -> tuple[float, str]:
    start = time.monotonic()
    script = [sys.executable, HERE / f"{name}.py", str(folder)]
    done = subprocess.run(script, check=True, capture_output=True, text=True)  # noqa: S603
    return time.monotonic() - start, done.stdout.strip().splitlines()[-1]


def _machine() -> str:
    names = ("pyspark", "duckdb", "pyarrow", "customer-chunks")
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, {versions}"


if __name__ == "__main__":
    sys.exit(main())
