"""How evenly the work is shared out where one customer has half of all orders: tasks against their median.

    python benchmarks/skew.py --lines 2000000 --hot-share 0.5

Our flow alone loads everything and then one more day. Spark's event log, with every task in it, tells for
each stage how long its tasks ran; the longest is held against the median. A stage may have tasks of two
kinds, branches of one union: some read files, as large as these happen to be, the others what was shuffled by
a key; each kind is looked at by itself. Two tasks have no median to speak of, and where the longest runs less
than two seconds nobody waits: both are left out.

Results go to OUT/skew.json and skew.md. The exit code is 1 if a task behind a shuffle ran more than --at-most
times as long as its stage's median.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

if __name__ == "__main__":  # this folder has files named like the packages they measure
    sys.path[0] = str(Path(__file__).parent.parent)

from benchmarks.run import OURS, STAGES, data_of, data_options, machine
from benchmarks.watch import run_one
from customer_chunks.storage.effort import WORK

_FEWEST = 3
_SHUFFLED = "shuffle"
_CONF_DIR = "SPARK_CONF_DIR"


@dataclass(frozen=True)
class Spread:
    """The tasks of one stage that succeeded, of one kind.

    Attributes:
        stage: `full` or `day`.
        step: What the flow worked at; empty where it is not one of its steps.
        spark_stage: Spark's number.
        reads: `shuffle` or `files`.
        tasks: How many.
        median: Seconds that the middle one ran.
        longest: Seconds that the longest one ran.
    """

    stage: str
    step: str
    spark_stage: int
    reads: str
    tasks: int
    median: float
    longest: float

    @property
    def ratio(self) -> float:
        """The longest over the median."""
        return self.longest / self.median if self.median else float("inf")


def main() -> None:
    """Run both stages, and tell of each stage of Spark whose longest task somebody waits for."""
    args = _arguments()
    print(machine())
    data = data_of(args)
    folder = args.out / "tables"
    shutil.rmtree(args.out / "events", ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    found: list[Spread] = []
    for stage in STAGES:
        with _every_task_noted(args.out / "events" / stage) as events:
            one = run_one(OURS, data.folder, folder, stage)
        print(f"{stage:<5} {one.seconds:8.1f} s", flush=True)
        (log,) = events.iterdir()
        with log.open(encoding="utf-8") as lines:
            found += spreads(stage, lines)
    long = sorted((s for s in found if s.longest >= args.from_seconds), key=lambda s: -s.ratio)
    waited = [s for s in long if s.tasks >= _FEWEST]
    _keep(args, data.rows, waited, [s for s in long if s.tasks < _FEWEST])
    uneven = [s for s in waited if s.reads == _SHUFFLED and s.ratio > args.at_most]
    if uneven:
        sys.exit(f"{len(uneven)} stages have a task of more than {args.at_most:g} times the median.")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--lines", type=int, default=2_000_000, help="about so many lines in the history")
    data_options(parser)
    parser.set_defaults(hot_share=0.5)
    parser.add_argument("--at-most", type=float, default=3.0, help="so many times the median is still even")
    parser.add_argument("--from-seconds", type=float, default=2.0, help="shorter tasks are not looked at")
    parser.add_argument("--out", type=Path, default=Path("build/skew"))
    return parser.parse_args()


@contextmanager
def _every_task_noted(events: Path) -> Iterator[Path]:
    """Let Spark note every task in the folder."""
    events.mkdir(parents=True)
    settings = {
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": events.resolve().as_uri(),
        "spark.eventLog.compress": "false",
        "spark.eventLog.rolling.enabled": "false",
    }
    conf = events.with_name(f"{events.name}-conf")
    conf.mkdir()
    text = "".join(f"{key} {value}\n" for key, value in settings.items())
    (conf / "spark-defaults.conf").write_text(text, encoding="utf-8")
    before = os.environ.get(_CONF_DIR)
    os.environ[_CONF_DIR] = str(conf.resolve())
    try:
        yield events
    finally:
        os.environ.pop(_CONF_DIR)
        if before is not None:
            os.environ[_CONF_DIR] = before


def spreads(stage: str, log: Iterable[str]) -> list[Spread]:
    """Return how long the tasks of each stage of Spark ran, from the lines of an event log."""
    steps: dict[int, str] = {}
    seconds: dict[tuple[int, str], list[float]] = defaultdict(list)
    empty: dict[int, list[float]] = defaultdict(list)
    for line in log:
        event: dict[str, Any] = json.loads(line)
        if event["Event"] == "SparkListenerJobStart":
            # A run's name stands before its step's.
            step = (event.get("Properties") or {}).get(WORK, "").rpartition(" ")[2]
            # A stage whose rows are still there is named again by jobs that skip it.
            for number in event["Stage IDs"]:
                steps.setdefault(number, step)
        elif event["Event"] == "SparkListenerTaskEnd" and event["Task End Reason"]["Reason"] == "Success":
            metrics = event["Task Metrics"]
            took = metrics["Executor Run Time"] / 1000
            if metrics["Shuffle Read Metrics"]["Total Records Read"]:
                seconds[event["Stage ID"], _SHUFFLED].append(took)
            elif metrics["Input Metrics"]["Records Read"]:
                seconds[event["Stage ID"], "files"].append(took)
            else:
                empty[event["Stage ID"]].append(took)
    for number, idle in empty.items():  # a key with all rows leaves nothing for the others behind its shuffle
        seconds[number, _SHUFFLED if (number, _SHUFFLED) in seconds else "files"] += idle
    return [
        Spread(stage, steps.get(number, ""), number, reads, len(took), statistics.median(took), max(took))
        for (number, reads), took in sorted(seconds.items())
    ]


def _keep(
    args: argparse.Namespace, rows: dict[str, int], waited: Sequence[Spread], few: Sequence[Spread]
) -> None:
    options = {name: getattr(args, name) for name in ("seed", "corrected", "hot_share", "from_seconds")}
    told = {"machine": machine(), **options, "rows": rows, "stages": [asdict(s) for s in (*waited, *few)]}
    (args.out / "skew.json").write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    page = [
        f"# Tasks against their median: one customer has {args.hot_share:.0%} of the orders", "",
        machine(), "", f"{rows['history']:,} lines, then {rows['day']:,}.", "",
        "| stage | step | Spark's stage | reads | tasks | median | longest | longest / median |",
        "|---|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    for s in waited:
        cells = (
            s.stage, s.step, f"{s.spark_stage}", s.reads, f"{s.tasks}", f"{s.median:.1f} s",
            f"{s.longest:.1f} s", f"{s.ratio:.1f}",
        )  # fmt: skip
        page.append(f"| {' | '.join(cells)} |")
    if few:
        longest = max(s.longest for s in few)
        page += [
            "",
            f"Left out: {len(few)} stages of one task or two, of which the longest ran {longest:.1f} s.",
        ]
    text = "\n".join(page) + "\n"
    (args.out / "skew.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
