"""Two months of days: what daily runs cost, and how the tables' files fare, with and without maintenance.

    python benchmarks/days.py --lines 1000000 --days 60

A history is loaded in full, then one day after the other arrives: its new orders, and corrections of old
lines. Each run is a process of its own, timed whole; with --warm one session stays open, and a run is timed
without its start. Every so many days `chunks maintain` follows, in a process of its own. Files are counted
twice, of all tables: those of the newest versions, by the Delta logs, and all on disk, older versions,
change feeds and logs among them. Maintenance deletes none that is younger than its retention of 30 days.

Behind the last day a second warehouse is loaded from all files at once, and its lines, orders and gold tables
are compared with those of the daily runs, row by row. The exit code is 1 if one differs.

Results go to OUT/days.json, days.md and days.png.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

if __name__ == "__main__":  # this folder has files named like the packages they measure
    sys.path[0] = str(Path(__file__).parent.parent)

from benchmarks.compare import differences
from benchmarks.customer_chunks import ANSWER
from benchmarks.logs import files_on_disk, live_files, tables
from benchmarks.run import data_options, data_words, exported, machine
from benchmarks.watch import HERE

SHOWN = 5
"""So many tables are shown one by one: those of most files."""


@dataclass(frozen=True)
class Day:
    """One daily run.

    Attributes:
        number: Which day, from 1.
        seconds: Of the run.
        maintained: Seconds of the maintenance behind it; 0 where it was not due.
        files: Table -> files of its newest version.
        megabytes: Of these files together.
        disk_files: All files in the tables' folders.
        disk_megabytes: Of all these.
    """

    number: int
    seconds: float
    maintained: float
    files: dict[str, int]
    megabytes: float
    disk_files: int
    disk_megabytes: float


def main() -> int:
    """Load the history, run day by day, keep what was measured, and compare with a load of everything."""
    args = _arguments()
    print(machine())
    data, out = args.out / "data", args.out / "tables"
    for folder in (data, out):
        shutil.rmtree(folder, ignore_errors=True)
    out.mkdir(parents=True)
    _timed(HERE / "data.py", str(args.lines), data, *data_words(args), "--days", str(args.days))
    with stages(data, out, is_warm=args.warm) as timed:
        print(f"full load {timed('full'):.1f} s", flush=True)
        days = _days(args, out, timed)
    different = {} if args.unchecked else _compared_anew(data, out, args.out / "anew")
    _keep(args, days, different)
    return 1 if any(different.values()) else 0


def _days(args: argparse.Namespace, out: Path, timed: Callable[[str], float]) -> list[Day]:
    days: list[Day] = []
    for number in range(1, args.days + 1):
        seconds = timed(f"days/{number:03d}")
        is_due = args.maintain and number % args.maintain == 0
        words = ["-m", "customer_chunks.cli", "maintain", "--warehouse", str(out / "warehouse")]
        maintained = _timed(*words) if is_due else 0.0
        days.append(_day(number, seconds, maintained, out / "warehouse"))
        told = f"{sum(days[-1].files.values()):5d} files, {days[-1].disk_files:6d} on disk"
        print(f"day {number:3d}  {seconds:6.1f} s  {told}", flush=True)
        _keep(args, days, None)
    return days


def _day(number: int, seconds: float, maintained: float, warehouse: Path) -> Day:
    live = {name: live_files(folder) for name, folder in tables(warehouse)}
    megabytes = sum(sum(sizes.values()) for sizes in live.values()) / 1e6
    disk = [size for _, folder in tables(warehouse) for size in files_on_disk(folder)]
    files = {table: len(sizes) for table, sizes in live.items()}
    return Day(number, seconds, maintained, files, megabytes, len(disk), sum(disk) / 1e6)


def _compared_anew(data: Path, daily: Path, anew: Path) -> dict[str, int]:
    """Load everything at once into a second warehouse; return how many rows of each answer differ."""
    shutil.rmtree(anew, ignore_errors=True)
    anew.mkdir(parents=True)
    print(f"everything anew {_timed(HERE / 'customer_chunks.py', data, anew, 'anew'):.1f} s", flush=True)
    for folder in (daily, anew):
        exported(folder, is_whole=True)
    return differences({"daily": daily, "anew": anew}, are_alike=True)["anew"]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--lines", type=int, default=1_000_000, help="about so many lines in all")
    parser.add_argument("--days", type=int, default=60, help="so many days, one by one")
    parser.add_argument("--maintain", type=int, default=7, help="every so many days; 0: never")
    parser.add_argument("--warm", action="store_true", help="one session for all days")
    parser.add_argument("--unchecked", action="store_true", help="do not compute everything anew to compare")
    data_options(parser)
    parser.add_argument("--out", type=Path, default=Path("build/days"))
    return parser.parse_args()


@contextmanager
def stages(data: Path, out: Path, *, is_warm: bool) -> Iterator[Callable[[str], float]]:
    """Yield what runs a stage and returns its seconds: each in a process of its own, or all in one."""
    script = HERE / "customer_chunks.py"
    if not is_warm:
        yield lambda stage: _timed(script, data, out, stage)
        return
    words = [sys.executable, str(script), str(data), str(out), "-"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        yield lambda stage: _asked(process, stage)
        assert process.stdin is not None  # noqa: S101 - asked for above
        process.stdin.close()


def _asked(process: subprocess.Popen[str], stage: str) -> float:
    assert process.stdin is not None  # noqa: S101 - asked for
    assert process.stdout is not None  # noqa: S101 - asked for
    begun = time.monotonic()
    print(stage, file=process.stdin, flush=True)
    for line in process.stdout:
        if line.strip() == ANSWER:
            return time.monotonic() - begun
    raise SystemExit(f"{stage} failed")


def _timed(*words: object) -> float:
    begun = time.monotonic()
    subprocess.run([sys.executable, *map(str, words)], check=True, stdout=subprocess.DEVNULL)  # noqa: S603
    return time.monotonic() - begun


def _keep(args: argparse.Namespace, days: list[Day], different: dict[str, int] | None) -> None:
    """Write what was found so far; what differs: None as yet unknown, empty where not asked."""
    options = ("lines", "seed", "corrected", "hot_share", "warm", "maintain")
    told = {"machine": machine(), **{name: getattr(args, name) for name in options}}
    told |= {"days": [asdict(day) for day in days], "different_rows": different}
    (args.out / "days.json").write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    (args.out / "days.md").write_text("\n".join(_page(args, days, different)) + "\n", encoding="utf-8")
    _draw(args.out / "days.png", days)


def _page(args: argparse.Namespace, days: list[Day], different: dict[str, int] | None) -> list[str]:
    shown = largest(days)
    head = ["day", "seconds", "maintenance", "files", *shown, "MB", "files on disk", "MB on disk"]
    how = "one session" if args.warm else "a process each"
    hot = f", one customer has {args.hot_share:.0%} of the orders" if args.hot_share else ""
    lines = [f"# About {args.lines:,} order lines, day by day, {how}{hot}", "", machine(), ""]
    lines += [_line(head), "|---" * len(head) + "|"]
    for day in days:
        cells = [day.number, f"{day.seconds:.1f}", f"{day.maintained:.1f}", sum(day.files.values())]
        cells += [*(day.files.get(table, 0) for table in shown), f"{day.megabytes:.1f}"]
        lines.append(_line([*cells, day.disk_files, f"{day.disk_megabytes:.1f}"]))
    if different:
        bad = {asked: count for asked, count in different.items() if count}
        lines += ["", f"Not the same as computed anew: {bad}" if bad else "The same as computed anew."]
    return lines


def _line(cells: Iterable[object]) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def largest(days: list[Day]) -> list[str]:
    """Return the tables whose newest versions had most files on any day, most first."""
    most: dict[str, int] = {}
    for day in days:
        most |= {table: max(count, most.get(table, 0)) for table, count in day.files.items()}
    return sorted(most, key=lambda table: (-most[table], table))[:SHOWN]


def _draw(file: Path, days: list[Day]) -> None:
    import matplotlib as mpl  # noqa: PLC0415 - takes a second, and only behind the first day

    mpl.use("agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415 - see above

    figure, (above, middle, below) = plt.subplots(3, 1, figsize=(9, 8), layout="constrained", sharex=True)
    numbers = [day.number for day in days]
    above.plot(numbers, [day.seconds for day in days], color="#0072B2", label="daily run")
    due = [day for day in days if day.maintained]
    above.plot(
        [d.number for d in due], [d.maintained for d in due], "o", color="#D55E00", label="chunks maintain"
    )
    above.set(ylabel="seconds", ylim=(0, None))
    above.legend(frameon=False)
    for table in largest(days):
        middle.plot(numbers, [day.files.get(table, 0) for day in days], label=table)
    middle.set(ylabel="files of the newest version", ylim=(0, None))
    below.plot(numbers, [day.megabytes for day in days], color="#0072B2", label="newest versions")
    below.plot(numbers, [day.disk_megabytes for day in days], color="#D55E00", label="on disk")
    below.set(xlabel="day", ylabel="MB, all tables", ylim=(0, None))
    for pane in (middle, below):
        pane.legend(frameon=False, ncols=3, fontsize=8)
    for pane in (above, middle, below):
        pane.spines[["top", "right"]].set_visible(False)
    figure.savefig(file, dpi=120)
    plt.close(figure)


if __name__ == "__main__":
    sys.exit(main())
