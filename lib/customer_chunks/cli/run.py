"""``chunks run`` and ``chunks plan``."""

from __future__ import annotations

import shlex
from dataclasses import asdict, replace
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from customer_chunks.cli import options
from customer_chunks.cli.console import emit, grid, say, tell
from customer_chunks.cli.opened import opened, place, settings_of, sources_of
from customer_chunks.errors import ConfigError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from customer_chunks.config.mapping import SourceMapping
    from customer_chunks.flow.outcome import Outcome, Report, Wish
    from customer_chunks.flow.step import Step
    from customer_chunks.storage.warehouse import Warehouse

SEGMENTS = "gold.rfm_scores"
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress; errors are told still.")]


def run(  # noqa: PLR0913, PLR0917 - one parameter an option
    tables: options.FullTables = None,
    sources: options.Sources = None,
    warehouse: options.Warehouse = None,
    target: options.Target = None,
    settings: options.SettingsFile = None,
    as_of: options.AsOf = None,
    until: options.Until = None,
    full: options.Full = False,
    accept: options.Accept = None,
    quiet: Quiet = False,
    json: options.Json = False,
) -> bool:
    """Bring every table up to date: read new files, compute what they change, account for every row.

    Only what is stale runs, so a second run says that nothing is new. A run that was stopped goes on
    where its last commit stands.

    \b
    Examples:
      chunks run --sources conf/sources/shop.yml
      chunks run --warehouse /data/shop --as-of 2024-12-31
      chunks run --until gold.rfm_scores
      chunks run --full                                  everything anew
      chunks run --full gold.kpi_daily bronze.shop_sales  these anew
      chunks run --accept "prices come in cents from now on"
    """  # noqa: D301 - \b keeps lines apart in the help
    where, chosen, mappings = place(warehouse, target), settings_of(settings), sources_of(sources)
    from customer_chunks.flow.house import all_steps  # noqa: PLC0415 - brings Spark

    steps = all_steps(mappings, chosen, where)
    wish = _wish(steps, mappings, tables or [], as_of, until, is_full=full)
    wish = replace(wish, accept=_reason(accept))
    from customer_chunks.cli.progress import StepProgress  # noqa: PLC0415 - brings rich
    from customer_chunks.flow.job import new_run_id  # noqa: PLC0415 - brings Spark
    from customer_chunks.flow.runner import Runner  # noqa: PLC0415 - brings Spark

    store = opened(where, writes=True)
    run_id = new_run_id()
    if quiet:
        report = Runner(store, mappings, steps, chosen, run_id).run(wish)
    else:
        with StepProgress() as progress:
            report = Runner(store, mappings, steps, chosen, run_id, progress).run(wish)
    told(report, where.label, store, json=json)
    return report.is_idle


def told(report: Report, label: str, store: Warehouse, *, json: bool) -> None:
    """Tell what happened in a run; where a step failed, exit with the first error's code."""
    segments = [] if report.is_idle or report.errors else _segments(store)
    if json:
        emit(_as_json(report, label, segments))
    else:
        _show(report, label, segments)
        for remark in report.remarks:
            say(f"Note: {remark}")
    for error in report.errors:
        tell(error)
    if report.errors:
        raise typer.Exit(report.errors[0].exit_code)


def plan(  # noqa: PLR0913, PLR0917 - one parameter an option
    tables: options.FullTables = None,
    sources: options.Sources = None,
    warehouse: options.Warehouse = None,
    target: options.Target = None,
    settings: options.SettingsFile = None,
    as_of: options.AsOf = None,
    until: options.Until = None,
    full: options.Full = False,
    json: options.Json = False,
) -> None:
    """Show what a run would do and why, without writing anything.

    \b
    Examples:
      chunks plan
      chunks plan --sources conf/sources --until gold.kpi_daily
      chunks plan --full gold.rfm_scores
    """  # noqa: D301 - \b keeps lines apart in the help
    where, chosen, mappings = place(warehouse, target), settings_of(settings), sources_of(sources)
    from customer_chunks.flow.house import all_steps  # noqa: PLC0415 - brings Spark

    steps = all_steps(mappings, chosen, where)
    wish = _wish(steps, mappings, tables or [], as_of, until, is_full=full)
    from customer_chunks.flow.runner import Runner  # noqa: PLC0415 - brings Spark

    rows = Runner(opened(where), mappings, steps, chosen, "plan").plan(wish)
    if json:
        emit({"warehouse": where.label, "steps": [{"step": s, "action": a, "why": w} for s, a, w in rows]})
        return
    grid(("step", "would do", "why"), rows)
    if all(action == "nothing" for _, action, _ in rows):
        say("Nothing is new.")


def _wish(
    steps: Sequence[Step],
    mappings: Sequence[SourceMapping],
    tables: Sequence[str],
    as_of: date | None,
    until: str | None,
    *,
    is_full: bool,
) -> Wish:
    """Return the wish; every table that it names is known.

    Raises:
        ConfigError: tables without --full, or a table that nobody writes.
    """
    from customer_chunks.flow.graph import Graph  # noqa: PLC0415 - brings Spark
    from customer_chunks.flow.outcome import Wish  # noqa: PLC0415 - brings Spark

    if tables and not is_full:
        raise ConfigError(
            f"'{tables[0]}' is named, but not what to do with it.",
            f"`--full {tables[0]}` computes it anew, `--until {tables[0]}` brings it up to date.",
        )
    bronze = [f.table for m in mappings for f in m.feeds]
    Graph(steps, bronze).until(until)  # tells a table that nobody writes
    known = {t for s in steps for t in (s.name, *s.outputs)} | set(bronze)
    for name in tables:
        if name not in known:
            raise ConfigError(f"No step writes '{name}'.", did_you_mean(name, known))
    return Wish(as_of=as_of, until=until, full=frozenset(tables), is_full=is_full)


def _reason(accept: str | None) -> str | None:
    """Return the reason of --accept, tidied.

    Raises:
        ConfigError: it says nothing.
    """
    reason = " ".join(accept.split()) if accept is not None else None
    if reason == "":
        raise ConfigError("--accept is given without a reason.", 'Say why: --accept "new price list".')
    return reason


def _segments(store: Warehouse) -> list[dict[str, Any]]:
    """Return the RFM segments with size and money, the most valuable first."""
    from pyspark.sql import functions as F  # noqa: PLC0415 - brings Spark

    if not store.exists(SEGMENTS):
        return []
    grouped = store.read(SEGMENTS).groupBy("rfm_segment")
    counted = grouped.agg(F.count("*").alias("customers"), F.sum("monetary_amount").alias("monetary_amount"))
    return [r.asDict() for r in counted.orderBy(F.desc("monetary_amount")).collect()]  # one row a segment


def _as_json(report: Report, label: str, segments: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "run_id": report.run_id,
        "warehouse": label,
        "as_of": report.as_of,
        "is_idle": report.is_idle,
        "steps": [_outcome(o) for o in report.outcomes],
        "segments": segments,
        "remarks": report.remarks,
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    error = outcome.error
    return {
        "step": outcome.step,
        "table": outcome.table,
        "state": outcome.state,
        "detail": outcome.detail,
        "seconds": round(outcome.seconds, 3),
        "accounts": [{**asdict(a), "adds_up": a.accounted == a.rows_read} for a in outcome.accounts],
        "rules": [
            {
                "rule": v.asked.name,
                "level": v.asked.rule.level.value,
                "observed": v.observed,
                "low": v.bounds.low,
                "high": v.bounds.high,
                "is_passed": v.is_passed,
            }
            for v in outcome.verdicts
        ],
        "error": None
        if error is None
        else {"what": error.what, "remedy": error.remedy, "exit_code": error.exit_code},
    }


def _show(report: Report, label: str, segments: list[dict[str, Any]]) -> None:
    if report.is_idle:
        say(f"Nothing is new. The tables lie in {label}.")
        return
    _show_accounts(report)
    if segments:
        total = sum(float(s["monetary_amount"] or 0) for s in segments)
        rows = [
            (s["rfm_segment"], s["customers"], s["monetary_amount"], _share(s["monetary_amount"], total))
            for s in segments
        ]
        columns = ("segment", "customers", "money", "share")
        grid(columns, rows, title=f"RFM segments as of {report.as_of}", right=columns[1:])
    if report.errors:  # they are told last, and what to do next with them
        return
    built = [o.table for o in report.outcomes if o.state == "done" and not o.verdicts]
    _show_hints(report, label, SEGMENTS if segments else built[-1] if built else None)


def _show_accounts(report: Report) -> None:
    columns = (
        "feed",
        "became",
        "read",
        "kept",
        "superseded",
        "duplicate",
        "excluded",
        "quarantined",
        "adds up",
    )
    rows = [
        (
            f"{o.step}: {a.feed}", a.entity, a.rows_read, a.inserted + a.updated + a.unchanged,
            a.superseded + a.deleted, a.duplicate, a.excluded, a.quarantined,
            "yes" if a.accounted == a.rows_read else "NO",
        )
        for o in report.outcomes
        for a in o.accounts
    ]  # fmt: skip
    if rows:
        grid(columns, rows, title="Every row accounted for", right=columns[2:8])


def _share(part: Any, total: float) -> str:
    return f"{float(part or 0) / total:.1%}" if total > 0 else ""


def _show_hints(report: Report, label: str, table: str | None) -> None:
    place_option = f"--warehouse {shlex.quote(label)}"
    say(f"The tables lie in {label}. Next:")
    if table is not None:
        say(f'  chunks sql "select * from {table} limit 10" {place_option}')
    say(f"  chunks report {place_option}")
    if any(a.quarantined for o in report.outcomes for a in o.accounts):
        say(f"  chunks quarantine list {place_option}")
