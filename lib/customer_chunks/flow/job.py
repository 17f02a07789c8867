"""What every job under jobs/ shares: its arguments, its log and its exit code.

A job is what platform teams submit: spark-submit, Airflow and Databricks give it a
session and arguments, it writes one JSON line per step to standard error.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import date, datetime, timezone
from functools import partial
from pathlib import Path
from secrets import token_hex

from customer_chunks.config.mapping import read_mappings
from customer_chunks.config.settings import read_settings
from customer_chunks.config.targets import Target, folder_target, read_target
from customer_chunks.errors import CustomerChunksError
from customer_chunks.flow.foreseen import as_foreseen
from customer_chunks.flow.house import all_steps
from customer_chunks.flow.outcome import Outcome, Report, Wish
from customer_chunks.flow.runner import Listener, Runner
from customer_chunks.flow.session import build_session
from customer_chunks.storage.warehouse import Warehouse


def job_args(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Read a job's arguments."""
    parser = argparse.ArgumentParser(
        description="Run what is stale, from the sources' files to the named table."
    )
    parser.add_argument("--sources", type=Path, required=True, help="a mapping file, or a folder of them")
    place = parser.add_mutually_exclusive_group(required=True)
    place.add_argument("--warehouse", help="folder (or s3a://, abfss://, hdfs:// address) of the tables")
    place.add_argument("--target", help="a target of --targets")
    parser.add_argument("--targets", type=Path, default=Path("conf/targets.yml"), help="the targets file")
    parser.add_argument("--settings", type=Path, help="a settings file; without one the defaults")
    parser.add_argument("--as-of", type=_day, help="D, the first day not counted (YYYY-MM-DD)")
    parser.add_argument("--until", help="the last table, or layer, to build")
    parser.add_argument(
        "--full", nargs="*", metavar="TABLE", help="compute in full: everything, or these tables"
    )
    parser.add_argument(
        "--accept", metavar="REASON", help="let versions pass that break table rules, and note why"
    )
    return parser.parse_args(argv)


def run_job(args: argparse.Namespace, *, until: str | None = None) -> int:
    """Run the steps up to ``until`` (a table, a layer, or all) and return the exit code.

    One JSON line per step goes to standard error; a failed source does not stop the others, and its
    error decides the exit code.
    """
    run_id = new_run_id()
    try:
        target = _target(args)
        report = run_flow(
            args.sources,
            target,
            settings=args.settings,
            wish=Wish(
                args.as_of,
                args.until or until,
                frozenset(args.full or ()),
                args.full is not None,
                " ".join((args.accept or "").split()) or None,
            ),
            listener=partial(_log, run_id),
            run_id=run_id,
        )
    except Exception as error:
        told = error if isinstance(error, CustomerChunksError) else as_foreseen(error)
        if told is None:
            raise
        _line(level="error", run_id=run_id, message=str(told))
        return told.exit_code
    for failure in report.errors:
        _line(level="error", run_id=report.run_id, message=str(failure))
    return report.errors[0].exit_code if report.errors else 0


def run_flow(
    sources: Path, target: Target, *, settings: Path | None, wish: Wish, listener: Listener, run_id: str
) -> Report:
    """Run the house over one target.

    Raises:
        CustomerChunksError: a mapping, the settings, the target or the machine is not as it must be.
    """
    mappings = read_mappings(sources)
    chosen = read_settings(settings)
    warehouse = Warehouse(build_session(), target)
    steps = all_steps(mappings, chosen, target)
    return Runner(warehouse, mappings, steps, chosen, run_id, listener).run(wish)


def new_run_id() -> str:
    """Return an id for a run: when it began (UTC), and four random digits against a second one."""
    return f"{datetime.now(timezone.utc):%Y%m%dT%H%M%SZ}-{token_hex(2)}"


def _target(args: argparse.Namespace) -> Target:
    if args.warehouse is None:
        return read_target(args.targets, args.target)
    if "://" in args.warehouse:
        return Target("address", warehouse=args.warehouse)
    return folder_target(Path(args.warehouse))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is no day; write it as 2024-12-31.") from None


def _log(run_id: str, step: str, outcome: Outcome | None) -> None:
    if outcome is None:
        _line(level="info", run_id=run_id, step=step, state="started")
        return
    told = {"step": step, "state": outcome.state, "seconds": round(outcome.seconds, 2)}
    level = "error" if outcome.error else "info"
    _line(level=level, run_id=run_id, **told, detail=outcome.detail)
    for remark in outcome.remarks:
        _line(level="warning", run_id=run_id, step=step, message=remark)


def _line(**fields: object) -> None:
    at = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
    # One write a line: Spark logs into the same stream, and print writes the line's end by itself.
    sys.stderr.write(json.dumps({"at": at, **fields}) + "\n")
    sys.stderr.flush()
