"""Speed as a ratio: our flow next to DuckDB, Polars and textbook PySpark, on the same files, in one run.

    python benchmarks/run.py --lines 2000000

Two stages: `full` carries a history of order lines from CSV to validated, de-duplicated lines, orders,
customer facts, profiles, RFM scores and daily KPIs; `day` is one more day (1%: new orders and late
corrections), which the peers answer by computing everything again. Contenders take turns; each is a process
of its own, timed whole, and leaves every table on disk. At the end all answers are compared.

Results go to OUT/results.json, results.md and results.png.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

sys.path[0] = str(Path(__file__).parent.parent)  # this folder has files named like the packages they measure

import psutil  # noqa: E402 - see above

from benchmarks.compare import differences  # noqa: E402 - see above

HERE = Path(__file__).parent
CONTENDERS = ("duckdb", "polars", "textbook_pyspark", "customer_chunks")
STAGES = ("full", "day")
DONE = "written"
EXPORTED = {"customer_chunks", "textbook_pyspark"}
_PACKAGES = ("pyspark", "duckdb", "polars", "pyarrow", "customer-chunks")
_PAUSE = 0.1


@dataclass(frozen=True)
class Measured:
    """One contender in one stage: seconds, peak resident memory of its process tree, bytes that it left."""

    contender: str
    stage: str
    seconds: float
    peak_bytes: int
    written_bytes: int


def main() -> int:
    """Write the data, time every contender in turn, compare, and keep the results."""
    args = _arguments()
    print(machine())
    data = data_of(args.out, args.lines, args.seed, args.corrected)
    outputs = {name: args.out / "tables" / name for name in args.only}
    for folder in outputs.values():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    found: list[Measured] = []
    for stage in STAGES:
        for name, folder in outputs.items():
            found.append(_middle(name, stage, data, folder, args.rounds if stage == "full" else 1))
    for name in EXPORTED & outputs.keys():
        subprocess.run([sys.executable, HERE / "export.py", outputs[name]], check=True)  # noqa: S603
    wrong = differences(outputs) if len(outputs) > 1 else {}
    _keep(args, found, wrong)
    return 1 if any(n for counts in wrong.values() for n in counts.values()) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--lines", type=int, default=2_000_000, help="about so many lines in the history")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--corrected", type=float, default=0.3, help="share of the day that corrects old lines"
    )
    parser.add_argument(
        "--rounds", type=int, default=1, help="full loads of each contender; the median counts"
    )
    parser.add_argument("--only", choices=CONTENDERS, nargs="*", default=list(CONTENDERS))
    parser.add_argument("--out", type=Path, default=Path("build/bench"))
    return parser.parse_args()


def data_of(out: Path, lines: int, seed: int, corrected: float) -> Path:
    """Return the folder of the files, written once for the same numbers."""
    folder = out / f"data-{lines}-{seed}-{corrected:g}"
    if not (folder / DONE).exists():
        shutil.rmtree(folder, ignore_errors=True)
        words = [str(lines), str(folder), "--seed", str(seed), "--corrected", str(corrected)]
        subprocess.run([sys.executable, HERE / "data.py", *words], check=True)  # noqa: S603
        (folder / DONE).touch()
    for part in ("history", "day"):
        size = sum(f.stat().st_size for f in (folder / part).glob("*.csv")) / 1e6
        rows = sum(_rows(f) for f in (folder / part).glob("*.csv"))
        print(f"{part}: {rows:,} lines, {size:,.0f} MB of CSV")
    return folder


def _rows(file: Path) -> int:
    with file.open("rb") as text:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: text.read(1 << 20), b"")) - 1


def _middle(name: str, stage: str, data: Path, folder: Path, rounds: int) -> Measured:
    """Run one contender so many times from the start, and return the run of median length."""
    measured = []
    for number in range(rounds):
        if number:
            shutil.rmtree(folder)
            folder.mkdir()
        measured.append(run_one(name, data, folder, stage))
    one = sorted(measured, key=lambda m: m.seconds)[(rounds - 1) // 2]
    print(f"{stage:<5} {name:<17} {one.seconds:8.1f} s  {one.peak_bytes / 1e9:6.2f} GB", flush=True)
    return one


def run_one(name: str, data: Path, folder: Path, stage: str) -> Measured:
    """Run one contender and watch it.

    Raises:
        SystemExit: it failed; with what it said.
    """
    before, begun = _bytes(folder), time.monotonic()
    script = [sys.executable, HERE / f"{name}.py", data, folder, stage]
    with (folder / f"{stage}.log").open("wb") as log:
        child = subprocess.Popen(script, stdout=log, stderr=subprocess.STDOUT)  # noqa: S603
        peak = Peak(child.pid)
        code = child.wait()
        peak.end()
    seconds = time.monotonic() - begun
    if code:
        sys.exit(f"{name} failed in stage {stage}:\n{(folder / f'{stage}.log').read_text()[-2000:]}")
    return Measured(name, stage, seconds, peak.bytes, _bytes(folder) - before)


class Peak(threading.Thread):
    """Watches how much memory a process and all that it starts hold together, until it is told to end.

    Attributes:
        bytes: The most of it so far; what several processes share counts for each.
    """

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.bytes, self._root, self._is_over = 0, psutil.Process(pid), threading.Event()
        self.start()

    def run(self) -> None:
        """Look at them again and again."""
        while not self._is_over.wait(_PAUSE):
            held = 0
            with suppress(psutil.Error):  # one has ended meanwhile
                for process in (self._root, *self._root.children(recursive=True)):
                    held += process.memory_info().rss
            self.bytes = max(self.bytes, held)

    def end(self) -> None:
        """Watch no longer."""
        self._is_over.set()
        self.join()


def _bytes(folder: Path) -> int:
    """Return what the tables take; what merely arrived or is exported for comparison does not count."""
    files = (f for f in folder.rglob("*") if f.is_file())
    return sum(f.stat().st_size for f in files if not {"arrived", "export"} & set(f.parts))


def _keep(args: argparse.Namespace, found: list[Measured], wrong: dict[str, dict[str, int]]) -> None:
    lines = [
        f"# {args.lines:,} order lines", "", machine(), "",
        "| stage | contender | seconds | x DuckDB's | peak memory | left on disk | same answers |",
        "|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    for m in found:
        base = next((o.seconds for o in found if (o.contender, o.stage) == ("duckdb", m.stage)), None)
        ratio = f"{m.seconds / base:.2f}" if base else "-"
        bad = {k: v for k, v in wrong.get(m.contender, {}).items() if v}
        same = "compared with" if m.contender not in wrong else f"no: {bad}" if bad else "yes"
        lines.append(
            f"| {m.stage} | {m.contender} | {m.seconds:.1f} | {ratio} | {m.peak_bytes / 1e9:.2f} GB "
            f"| {m.written_bytes / 1e6:,.0f} MB | {same} |"
        )
    print("\n".join(lines[2:]))
    result = {
        "machine": machine(), "lines": args.lines, "seed": args.seed, "corrected": args.corrected,
        "measured": [asdict(m) for m in found], "different_rows": wrong,
    }  # fmt: skip
    (args.out / "results.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    (args.out / "results.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    _draw(args.out / "results.png", found)


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
    versions = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    memory = psutil.virtual_memory().total / 2**30
    machine = f"{os.cpu_count()} cores, {memory:.0f} GiB, {platform.machine()}"
    return f"{machine}, Python {platform.python_version()}, {versions}"


if __name__ == "__main__":
    sys.exit(main())
