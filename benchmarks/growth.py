"""How cost grows with rows: our flow alone at several sizes, as a whole and step by step.

    python benchmarks/growth.py --lines 1000000 5000000 20000000

Every size is loaded in full and then brought up to date by one more day; each run is a process of its own,
timed whole. What the steps' tasks took is read from the warehouse, as `chunks runs show` tells it. The
exponent is that of a power of the rows: 1 where twice the rows take twice the time, below 1 while what every
run costs, however small, still counts. CHUNKS_DRIVER_MEMORY sets the heap.

Results go to OUT/growth.json, growth.md and growth.png.
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

if __name__ == "__main__":  # this folder has files named like the packages they measure
    sys.path[0] = str(Path(__file__).parent.parent)

from benchmarks.run import OURS, STAGES, data_of, data_options, machine
from benchmarks.watch import run_one

MILLION = 1_000_000
_SUMMED = ("cpu_seconds", "shuffle_bytes", "spilled_bytes")


@dataclass(frozen=True)
class Grown:
    """One size in one stage: rows in the files so far, the whole process, and its steps."""

    stage: str
    lines: int
    seconds: float
    peak_bytes: int
    left_bytes: int
    steps: tuple[dict[str, Any], ...]

    def total(self, what: str) -> float:
        """Return a number of all steps together."""
        return float(sum(step[what] or 0 for step in self.steps))


def main() -> None:
    """Measure every size and keep what was found."""
    args = _arguments()
    print(machine())
    found: list[Grown] = []
    for lines in sorted(args.lines):
        found += _measured(args, lines)
        _keep(args, found)
    print((args.out / "growth.md").read_text(encoding="utf-8"))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--lines", type=int, nargs="+", default=[500_000, 1_000_000, 2_000_000, 5_000_000])
    data_options(parser)
    parser.add_argument("--out", type=Path, default=Path("build/growth"))
    return parser.parse_args()


def _measured(args: argparse.Namespace, lines: int) -> list[Grown]:
    """Load one size and its day into a fresh warehouse."""
    data = data_of(args, lines).folder
    folder = args.out / "tables"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    found = []
    for stage in STAGES:
        one = run_one(OURS, data, folder, stage)
        steps = tuple(steps_of_newest_run(folder / "warehouse"))
        rows = next(int(s["rows_read"]) for s in steps if s["step"] == "silver.orders[shop]")
        rows += found[0].lines if found else 0
        found.append(Grown(stage, rows, one.seconds, one.peak_bytes, one.left_bytes, steps))
        print(
            f"{stage:<5} {rows:>12,} lines {one.seconds:8.1f} s  {one.peak_bytes / 1e9:6.2f} GB", flush=True
        )
    return found


def steps_of_newest_run(warehouse: Path) -> list[dict[str, Any]]:
    """Return what the newest run's steps took."""
    words = ["-m", "customer_chunks.cli", "runs", "show", "--json", "--warehouse", warehouse]
    told = subprocess.run([sys.executable, *words], check=True, capture_output=True, text=True)  # noqa: S603
    steps: list[dict[str, Any]] = json.loads(told.stdout)
    return steps


def exponent(sizes: Sequence[float], costs: Sequence[float]) -> float:
    """Return the slope of the costs' logarithm against the sizes', by least squares."""
    x, y = [math.log(s) for s in sizes], [math.log(c) for c in costs]
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    down = sum((a - mean_x) ** 2 for a in x)
    return sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True)) / down


def _keep(args: argparse.Namespace, found: Sequence[Grown]) -> None:
    out, options = args.out, {name: getattr(args, name) for name in ("seed", "corrected", "hot_share")}
    told = {"machine": machine(), **options, "measured": [asdict(g) for g in found]}
    (out / "growth.json").write_text(json.dumps(told, indent=2, default=str) + "\n", encoding="utf-8")
    (out / "growth.md").write_text("\n".join(_page(found, args.hot_share)) + "\n", encoding="utf-8")
    _draw(out / "growth.png", found)


def _page(found: Sequence[Grown], hot_share: float) -> list[str]:
    hot = f": one customer has {hot_share:.0%} of the orders" if hot_share else ""
    lines = [f"# Cost against rows{hot}", "", machine(), ""]
    lines += [
        "| stage | lines | seconds | CPU s of tasks | peak memory | shuffled | spilled | left on disk |"
    ]
    lines += ["|---|---|---|---|---|---|---|---|"]
    for g in found:
        cells = (
            g.stage, f"{g.lines:,}", f"{g.seconds:.1f}", f"{g.total('cpu_seconds'):.1f}",
            f"{g.peak_bytes / 1e9:.2f} GB", _megabytes(g.total("shuffle_bytes")),
            _megabytes(g.total("spilled_bytes")), _megabytes(g.left_bytes),
        )  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    for stage in STAGES:
        lines += ["", *_of_stage(stage, [g for g in found if g.stage == stage])]
    return lines


def _megabytes(count: float) -> str:
    return f"{count / 1e6:,.0f} MB"


def _of_stage(stage: str, found: Sequence[Grown]) -> list[str]:
    """Return the exponents of a stage, and what its steps take for a million lines at its largest size."""
    lines = [f"## {stage}", ""]
    if len(found) > 1:
        sizes = [g.lines for g in found]
        whole = exponent(sizes, [g.seconds for g in found])
        tasks = exponent(sizes, [max(g.total("cpu_seconds"), 0.1) for g in found])
        lines += [f"Exponent of whole seconds {whole:.2f}, of the tasks' processor seconds {tasks:.2f}.", ""]
    largest = found[-1] if found else None
    if largest is None:
        return lines
    lines += [f"At {largest.lines:,} lines, for each million of them:", ""]
    lines += ["| step | CPU s | shuffled | spilled |", "|---|---|---|---|"]
    millions = largest.lines / MILLION
    summed: dict[str, Counter[str]] = {}
    for step in largest.steps:
        summed.setdefault(step["step"], Counter()).update({what: step[what] or 0 for what in _SUMMED})
    for name, sums in sorted(summed.items(), key=lambda item: -item[1]["cpu_seconds"]):
        shown = [f"{sums['cpu_seconds'] / millions:.2f}"]
        shown += [_megabytes(sums[what] / millions) for what in _SUMMED[1:]]
        lines.append(f"| {name} | {' | '.join(shown)} |")
    return lines


def _draw(file: Path, found: Sequence[Grown]) -> None:
    import matplotlib as mpl  # noqa: PLC0415 - takes a second, and only behind a measurement

    mpl.use("agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415 - see above

    figure, pane = plt.subplots(figsize=(7, 4), layout="constrained")
    for stage, colour in zip(STAGES, ("#0072B2", "#D55E00"), strict=True):
        chosen = [g for g in found if g.stage == stage]
        pane.plot([g.lines for g in chosen], [g.seconds for g in chosen], "o-", color=colour, label=stage)
        tasks = [g.total("cpu_seconds") for g in chosen]
        pane.plot([g.lines for g in chosen], tasks, "o--", color=colour, label=f"{stage}: CPU s of tasks")
    pane.set(xscale="log", yscale="log", xlabel="order lines", ylabel="seconds, whole process")
    pane.grid(which="major", alpha=0.3)
    pane.legend(frameon=False)
    pane.spines[["top", "right"]].set_visible(False)
    figure.savefig(file, dpi=120)
    plt.close(figure)


if __name__ == "__main__":
    main()
