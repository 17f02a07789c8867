"""Two months of days: what daily runs cost, and how the tables' files fare, with and without maintenance.

    python benchmarks/days.py --lines 1000000 --days 60

A history is loaded in full, then one day after the other arrives: its new orders, and corrections of old
lines. Each run is a process of its own, timed whole; with --warm one session stays open, and a run is timed
without its start. Every so many days `chunks maintain` follows, in a process of its own. Files are those of
the newest version of each table, by its Delta log.

Results go to OUT/days.json, days.md and days.png.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import unquote

sys.path[0] = str(Path(__file__).parent.parent)  # this folder has files named like the packages they measure

from benchmarks.customer_chunks import ANSWER  # noqa: E402 - see above
from benchmarks.run import HERE, machine  # noqa: E402 - see above

WATCHED = ("silver/order_lines", "silver/orders", "gold/customer_facts", "gold/kpi_daily", "ops/run_accounts")


@dataclass(frozen=True)
class Day:
    """One daily run: its seconds, those of maintenance behind it, files and megabytes of the tables."""

    number: int
    seconds: float
    maintained: float
    files: dict[str, int]
    megabytes: float


def main() -> None:
    """Load the history, run day by day, and keep what was measured."""
    args = _arguments()
    print(machine())
    data, out = args.out / "data", args.out / "tables"
    for folder in (data, out):
        shutil.rmtree(folder, ignore_errors=True)
    out.mkdir(parents=True)
    words = ["--seed", str(args.seed), "--corrected", str(args.corrected), "--days", str(args.days)]
    _timed(HERE / "data.py", str(args.lines), data, *words)
    with stages(data, out, is_warm=args.warm) as timed:
        print(f"full load {timed('full'):.1f} s", flush=True)
        _days(args, out, timed)


def _days(args: argparse.Namespace, out: Path, timed: Callable[[str], float]) -> None:
    days: list[Day] = []
    for number in range(1, args.days + 1):
        seconds = timed(f"days/{number:03d}")
        is_due = args.maintain and number % args.maintain == 0
        words = ["-m", "customer_chunks.cli", "maintain", "--warehouse", str(out / "warehouse")]
        maintained = _timed(*words) if is_due else 0.0
        live = {table: live_files(out / "warehouse" / table) for table in WATCHED}
        megabytes = sum(sum(sizes.values()) for sizes in live.values()) / 1e6
        days.append(Day(number, seconds, maintained, {t: len(f) for t, f in live.items()}, megabytes))
        print(f"day {number:3d}  {seconds:6.1f} s  {sum(days[-1].files.values()):5d} files", flush=True)
        _keep(args, days)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--lines", type=int, default=1_000_000, help="about so many lines in all")
    parser.add_argument("--days", type=int, default=60, help="so many days, one by one")
    parser.add_argument("--maintain", type=int, default=7, help="every so many days; 0: never")
    parser.add_argument("--warm", action="store_true", help="one session for all days")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--corrected", type=float, default=0.3, help="share of a day that corrects old lines")
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


def live_files(table: Path) -> dict[str, int]:
    """Return the files of a table's newest version with their sizes, as the commits of its log tell."""
    found: dict[str, int] = {}
    for commit in sorted((table / "_delta_log").glob("[0-9]*.json")):
        actions = [json.loads(line) for line in commit.read_text(encoding="utf-8").splitlines()]
        for action in actions:  # first what goes: a file with rows marked as deleted goes and comes
            if "remove" in action:
                found.pop(unquote(action["remove"]["path"]), None)
        found |= {unquote(a["add"]["path"]): a["add"]["size"] for a in actions if "add" in a}
    return found


def _keep(args: argparse.Namespace, days: list[Day]) -> None:
    told = {"machine": machine(), "lines": args.lines, "seed": args.seed, "corrected": args.corrected}
    told |= {"maintained_every": args.maintain, "is_warm": args.warm, "days": [asdict(day) for day in days]}
    (args.out / "days.json").write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    head = ["day", "seconds", "maintenance", *WATCHED, "MB"]
    how = "one session" if args.warm else "a process each"
    title = f"# {args.lines:,} order lines, day by day, {how}"
    lines = [title, "", machine(), "", "| " + " | ".join(head) + " |"]
    lines.append("|---" * len(head) + "|")
    for day in days:
        cells = [day.number, f"{day.seconds:.1f}", f"{day.maintained:.1f}", *day.files.values()]
        lines.append("| " + " | ".join(map(str, [*cells, f"{day.megabytes:.1f}"])) + " |")
    (args.out / "days.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    _draw(args.out / "days.png", days)


def _draw(file: Path, days: list[Day]) -> None:
    import matplotlib as mpl  # noqa: PLC0415 - takes a second, and only behind the first day

    mpl.use("agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415 - see above

    figure, (above, below) = plt.subplots(2, 1, figsize=(9, 6), layout="constrained", sharex=True)
    numbers = [day.number for day in days]
    above.plot(numbers, [day.seconds for day in days], color="#0072B2", label="daily run")
    due = [day for day in days if day.maintained]
    above.plot(
        [d.number for d in due], [d.maintained for d in due], "o", color="#D55E00", label="chunks maintain"
    )
    above.set(ylabel="seconds", ylim=(0, None))
    above.legend(frameon=False)
    for table in WATCHED:
        below.plot(numbers, [day.files[table] for day in days], label=table)
    below.set(xlabel="day", ylabel="files of the newest version", ylim=(0, None))
    below.legend(frameon=False, ncols=3, fontsize=8)
    for pane in (above, below):
        pane.spines[["top", "right"]].set_visible(False)
    figure.savefig(file, dpi=120)
    plt.close(figure)


if __name__ == "__main__":
    main()
