"""One worker, then two: the full load of the same files on a standalone cluster of one-core workers.

    python benchmarks/workers.py --lines 2000000

Master and workers are started by Spark's own scripts, on this machine; the flow is submitted to them as a
platform would, and both runs must write the same tables. The driver, which plans and commits, runs on the
same machine: what two workers gain shows in full only where it has a core of its own.

Results go to OUT/workers.json and workers.md.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

if __name__ == "__main__":  # this folder has files named like the packages they measure
    sys.path[0] = str(Path(__file__).parent.parent)

import pyspark

from benchmarks.compare import differences
from benchmarks.growth import steps_of_newest_run
from benchmarks.run import data_of, data_options, exported, machine
from benchmarks.watch import HERE
from customer_chunks.flow.machine import jars

SPARK = Path(pyspark.__file__).parent
HOST = "127.0.0.1"
_LONGEST_START = 60


def main() -> None:
    """Run the same load on one worker and on two."""
    args = _arguments()
    print(machine())
    files = data_of(args)
    found: list[dict[str, Any]] = []
    outputs: dict[str, Path] = {}
    for workers in (1, 2):
        folder = args.out / f"{workers}_workers"
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "tables").mkdir(parents=True)
        found.append(_measured(files.folder.resolve(), folder.resolve(), workers, args.memory))
        print(f"{workers} workers: {found[-1]['seconds']:.1f} s", flush=True)
        exported(folder / "tables", is_whole=True)
        outputs[f"{workers}_workers"] = folder / "tables"
    _keep(args.out, files.rows["history"], found)
    wrong = {k: n for counts in differences(outputs, are_alike=True).values() for k, n in counts.items() if n}
    if wrong:
        sys.exit(f"The tables differ: {wrong}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--lines", type=int, default=2_000_000, help="about so many lines in the history")
    data_options(parser)
    parser.add_argument("--memory", default="3g", help="heap of each worker's executor")
    parser.add_argument("--out", type=Path, default=Path("build/workers"))
    return parser.parse_args()


def _measured(data: Path, folder: Path, workers: int, memory: str) -> dict[str, Any]:
    """Submit the load to a cluster of so many workers."""
    settings = {
        "spark.driver.host": HOST,
        "spark.driver.memory": "2g",
        "spark.executor.memory": memory,
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "8",
        "spark.cores.max": str(workers),
        "spark.scheduler.minRegisteredResourcesRatio": "1.0",
        "spark.jars": ",".join(str(jar) for jar in jars()),
    }
    words = [word for key, value in settings.items() for word in ("--conf", f"{key}={value}")]
    flow = [HERE / "customer_chunks.py", data, folder / "tables", "full"]
    with _cluster(folder, workers, memory) as master, (folder / "run.log").open("wb") as log:
        submit = [SPARK / "bin" / "spark-submit", "--master", master, *words, *flow]
        begun = time.monotonic()
        subprocess.run(submit, check=True, env=_environment(), stdout=log, stderr=log)  # noqa: S603
        seconds = time.monotonic() - begun
    steps = steps_of_newest_run(folder / "tables" / "warehouse")
    return {"workers": workers, "seconds": seconds, "steps": steps}


@contextmanager
def _cluster(folder: Path, workers: int, memory: str) -> Iterator[str]:
    """Start a master and so many workers; yield the master's address, and end them all."""
    port, web = _free_port(), _free_port()
    master = f"spark://{HOST}:{port}"
    started: list[subprocess.Popen[bytes]] = []

    def start(name: str, role: str, *words: str) -> None:
        main = f"org.apache.spark.deploy.{role.lower()}.{role}"
        command = [SPARK / "bin" / "spark-class", main, "--host", HOST, *words]
        with (folder / f"{name}.log").open("wb") as log:
            started.append(subprocess.Popen(command, env=_environment(), stdout=log, stderr=log))  # noqa: S603

    try:
        start("master", "Master", "--port", str(port), "--webui-port", str(web))
        _wait_for(web, 0)
        for number in range(workers):
            place = str(folder / f"worker_{number}")
            start(f"worker_{number}", "Worker", "-c", "1", "-m", memory, "-d", place, master)
        _wait_for(web, workers)
        yield master
    finally:
        for process in reversed(started):
            process.terminate()
        for process in started:
            process.wait()


def _wait_for(web: int, workers: int) -> None:
    """Wait until the master counts so many workers.

    Raises:
        SystemExit: it does not, for too long.
    """
    deadline = time.monotonic() + _LONGEST_START
    while time.monotonic() < deadline:
        try:
            with urlopen(f"http://{HOST}:{web}/json/", timeout=5) as answer:
                if int(json.load(answer)["aliveworkers"]) == workers:
                    return
        except (URLError, OSError, ValueError):  # it is being started
            pass
        time.sleep(0.2)
    sys.exit(f"The master does not count {workers} workers after {_LONGEST_START} s.")


def _environment() -> dict[str, str]:
    python = {"PYSPARK_PYTHON": sys.executable, "PYSPARK_DRIVER_PYTHON": sys.executable}
    return {**os.environ, **python, "SPARK_HOME": str(SPARK), "SPARK_LOCAL_IP": HOST}


def _free_port() -> int:
    with socket.socket() as one:
        one.bind((HOST, 0))
        return int(one.getsockname()[1])


def _keep(out: Path, lines: int, found: list[dict[str, Any]]) -> None:
    told = {"machine": machine(), "lines": lines, "measured": found}
    (out / "workers.json").write_text(json.dumps(told, indent=2, default=str) + "\n", encoding="utf-8")
    page = [f"# {lines:,} order lines, workers of one core", "", machine(), ""]
    page += ["| workers | seconds | x one worker's |", "|---|---|---|"]
    for one in found:
        share = one["seconds"] / found[0]["seconds"]
        page.append(f"| {one['workers']} | {one['seconds']:.1f} | {share:.2f} |")
    (out / "workers.md").write_text("\n".join(page) + "\n", encoding="utf-8")
    print("\n".join(page[2:]))


if __name__ == "__main__":
    main()
