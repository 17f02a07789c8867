"""Speed as a ratio: our flow next to DuckDB, Polars and textbook PySpark, on the same files, in one run.

    python benchmarks/run.py --lines 2000000

Three stages: `full` carries a history of order lines from CSV to validated, de-duplicated lines, orders,
customer facts, profiles, RFM scores and daily KPIs; `day` is one more day (1%: new orders and late
corrections), which the peers answer by computing everything again; `idle` is ours with nothing new, which
must commit nothing and should take less than 10 s after the session's start. Each run is a process of its
own, timed whole, that leaves every table on disk. Behind each of the first two stages the tables are compared
row by row, which is not timed. With several rounds contenders take turns, and another one begins each round;
of each the run of median length is shown.

Results go to OUT/results.json, results.md and results.png. The exit code is 1 if an answer differs.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path

if __name__ == "__main__":  # this folder has files named like the packages they measure
    sys.path[0] = str(Path(__file__).parent.parent)

import psutil

from benchmarks.compare import differences
from benchmarks.export import WHOLE
from benchmarks.logs import versions
from benchmarks.watch import HERE, Measured, run_one
from customer_chunks.flow.machine import DELTA_VERSION, jars

OURS = "customer_chunks"
CONTENDERS = ("duckdb", "polars", "textbook_pyspark", OURS)
STAGES = ("full", "day")
IDLE = "idle"
DONE = "written"
EXPORTED = {OURS, "textbook_pyspark"}
_PACKAGES = ("pyspark", "duckdb", "polars", "pyarrow", "customer-chunks")


@dataclass(frozen=True)
class Files:
    """The folder of the files, and the rows of its parts: history, and day."""

    folder: Path
    rows: dict[str, int]


@dataclass
class Found:
    """What was found: runs, rows that differ by stage, contender and answer, and commits of idle runs."""

    runs: list[Measured] = field(default_factory=list)
    different: dict[str, dict[str, Counter[str]]] = field(default_factory=dict)
    idle_commits: Counter[str] = field(default_factory=Counter)

    @property
    def is_good(self) -> bool:
        """Return whether all answers were the same, and idle runs committed nothing."""
        counts = [c for one in self.different.values() for c in one.values()]
        return not any(+c for c in (*counts, self.idle_commits))

    def noted(self, stage: str, counts: dict[str, dict[str, int]]) -> None:
        """Add what a comparison found."""
        for contender, differing in counts.items():
            known = self.different.setdefault(stage, {}).setdefault(contender, Counter())
            known.update(differing)


def main() -> int:
    """Write the data, time every contender in turn, compare, and keep the results."""
    args = _arguments()
    print(machine())
    files = data_of(args)
    outputs = {name: args.out / "tables" / name for name in args.only}
    found = Found()
    for number in range(args.rounds):
        _round(files.folder, outputs, found, number)
    _keep(args, files, found)
    return 0 if found.is_good else 1


def _round(data: Path, outputs: dict[str, Path], found: Found, number: int) -> None:
    """Run every stage from the start; with each round another contender begins."""
    for folder in outputs.values():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    for stage in STAGES:
        for name in turns(list(outputs), number):
            _run(name, data, outputs[name], stage, found)
        found.noted(stage, compared(outputs))
    if OURS in outputs:
        warehouse = outputs[OURS] / "warehouse"
        before = versions(warehouse)
        _run(OURS, data, outputs[OURS], IDLE, found)
        after = versions(warehouse)
        found.idle_commits.update({t: after[t] - before.get(t, -1) for t in after})


def turns(names: list[str], number: int) -> list[str]:
    """Return who runs after whom: in each round the next one is first."""
    first = number % len(names)
    return names[first:] + names[:first]


def _run(name: str, data: Path, folder: Path, stage: str, found: Found) -> None:
    one = run_one(
        name, data, folder, stage, 1 + sum((m.contender, m.stage) == (name, stage) for m in found.runs)
    )
    found.runs.append(one)
    flow = "" if one.flow_seconds is None else f"  ({one.flow_seconds:.1f} s after the session's start)"
    print(f"{stage:<5} {name:<17} {one.seconds:8.1f} s  {one.peak_bytes / 1e9:6.2f} GB{flow}", flush=True)


def compared(outputs: dict[str, Path]) -> dict[str, dict[str, int]]:
    """Export what Delta holds, and return how many rows of whose answers differ from the first one's."""
    if len(outputs) == 1:
        return {}
    for name in EXPORTED & outputs.keys():
        exported(outputs[name])
    return differences(outputs)


def exported(folder: Path, *, is_whole: bool = False) -> None:
    """Write a contender's Delta tables as Parquet; if whole, with columns that ours alone has."""
    command = [sys.executable, HERE / "export.py", folder, *([WHOLE] if is_whole else [])]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--lines", type=int, default=2_000_000, help="about so many lines in the history")
    data_options(parser)
    parser.add_argument("--rounds", type=int, default=1, help="so many times all stages; the median counts")
    parser.add_argument("--only", choices=CONTENDERS, nargs="+", default=list(CONTENDERS))
    parser.add_argument("--out", type=Path, default=Path("build/bench"))
    return parser.parse_args()


def data_options(parser: argparse.ArgumentParser) -> None:
    """Add what says which data it is, besides its size."""
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--corrected", type=float, default=0.3, help="share of a day that corrects old lines")
    parser.add_argument("--hot-share", type=float, default=0, help="share of orders that one customer has")


def data_of(args: argparse.Namespace, lines: int | None = None) -> Files:
    """Return the files, written once for the same options and number of lines."""
    size = args.lines if lines is None else lines
    folder = args.out / f"data-{size}-{args.seed}-{args.corrected:g}-hot-{args.hot_share:g}"
    if not (folder / DONE).exists():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, HERE / "data.py", str(size), folder, *data_words(args)], check=True)  # noqa: S603
        (folder / DONE).touch()
    rows = {}
    for part in ("history", "day"):
        csv = list((folder / part).glob("*.csv"))
        rows[part] = sum(_rows(f) for f in csv)
        print(f"{part}: {rows[part]:,} lines, {sum(f.stat().st_size for f in csv) / 1e6:,.0f} MB of CSV")
    return Files(folder, rows)


def data_words(args: argparse.Namespace) -> list[str]:
    """Return the same options as words of a command line."""
    return ["--seed", f"{args.seed}", "--corrected", f"{args.corrected}", "--hot-share", f"{args.hot_share}"]


def _rows(file: Path) -> int:
    with file.open("rb") as text:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: text.read(1 << 20), b"")) - 1


def middle(runs: Iterable[Measured]) -> list[Measured]:
    """Return each contender's run of median length in each stage, by stage and then as they came first."""
    grouped: dict[tuple[str, str], list[Measured]] = {}
    for one in runs:
        grouped.setdefault((one.stage, one.contender), []).append(one)
    order = [*STAGES, IDLE]
    chosen = [sorted(same, key=lambda m: m.seconds)[(len(same) - 1) // 2] for same in grouped.values()]
    return sorted(chosen, key=lambda m: order.index(m.stage))


def _keep(args: argparse.Namespace, files: Files, found: Found) -> None:
    shown = middle(found.runs)
    rows = " and ".join(f"{count:,} of {part}" for part, count in files.rows.items())
    hot = f"; one customer has {args.hot_share:.0%} of the orders" if args.hot_share else ""
    lines = [
        f"# Order lines: {rows}{hot}", "", machine(), "",
        "| stage | contender | seconds | x DuckDB's | peak memory | left on disk | written | same answers |",
        "|---|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    lines += [_row(m, shown, found, args.only[0]) for m in shown]
    lines += [
        "",
        "Left on disk: more than before the stage. Written: by all its processes, files that are gone again "
        "among it; a dash where nobody counts.",
    ]
    print("\n".join(lines))
    result = {
        "machine": machine(), "rows": files.rows, "seed": args.seed, "corrected": args.corrected,
        "hot_share": args.hot_share, "measured": [asdict(m) for m in found.runs],
        "different_rows": found.different, "idle_commits": +found.idle_commits,
    }  # fmt: skip
    (args.out / "results.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    (args.out / "results.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    _draw(args.out / "results.png", shown)


def _row(one: Measured, shown: list[Measured], found: Found, first: str) -> str:
    base = next((m.seconds for m in shown if (m.contender, m.stage) == ("duckdb", one.stage)), None)
    flow = "" if one.flow_seconds is None else f" ({one.flow_seconds:.1f} after the session's start)"
    written = "-" if one.written_bytes is None else f"{one.written_bytes / 1e6:,.0f} MB"
    cells = (
        one.stage, one.contender, f"{one.seconds:.1f}{flow}", f"{one.seconds / base:.2f}" if base else "-",
        f"{one.peak_bytes / 1e9:.2f} GB", f"{one.left_bytes / 1e6:,.0f} MB", written,
        _same(one, found, first),
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"


def _same(one: Measured, found: Found, first: str) -> str:
    """Return what was found of a contender's answers in a stage."""
    if one.stage == IDLE:
        return f"no: commits {dict(+found.idle_commits)}" if +found.idle_commits else "no commit"
    counts = found.different.get(one.stage, {})
    if not counts:
        return "not compared"
    if one.contender == first:
        return "compared with"
    bad = +counts[one.contender]
    return f"no: {dict(bad)}" if bad else "yes"


def _draw(file: Path, found: list[Measured]) -> None:
    import matplotlib as mpl  # noqa: PLC0415 - takes a second, and only at the end

    mpl.use("agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415 - see above

    figure, panes = plt.subplots(1, len(STAGES), figsize=(10, 3), layout="constrained")
    for pane, stage in zip(panes, STAGES, strict=True):
        chosen = [m for m in found if m.stage == stage]
        bars = pane.barh([m.contender for m in chosen], [m.seconds for m in chosen], color="#0072B2")
        pane.bar_label(bars, fmt="%.0f s", padding=3)
        pane.set(title=f"{stage}: whole process", xlabel="seconds")
        pane.margins(x=0.15)
        pane.spines[["top", "right"]].set_visible(False)
    figure.savefig(file, dpi=120)


def machine() -> str:
    """Return cores, memory and versions: a ratio means nothing without them."""
    packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    # The jar that is used; without jars Spark fetches the version that the package asks for.
    delta = next((jar.stem for jar in jars() if jar.stem.startswith("delta-spark")), f"delta {DELTA_VERSION}")
    memory = psutil.virtual_memory().total / 2**30
    machine = f"{os.cpu_count()} cores, {memory:.0f} GiB, {platform.machine()}"
    return f"{machine}, Python {platform.python_version()}, {packages}, {delta}"


if __name__ == "__main__":
    sys.exit(main())
