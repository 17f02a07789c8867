"""``chunks quarantine list|show``."""

from __future__ import annotations

import json as codec
from typing import Annotated, Any

import typer

from customer_chunks.cli import options
from customer_chunks.cli.console import MASK, emit, grid, say
from customer_chunks.cli.opened import filled, opened, settings_of, sources_of

app = typer.Typer(
    help="Rows that broke a rule: how many, why, where they came from; and tried again.", no_args_is_help=True
)

Reason = Annotated[
    str | None,
    typer.Option(
        "--reason",
        metavar="CODE",
        help="Only this reason, such as ordered_at.unparsable.",
        show_default=False,
    ),
]
Source = Annotated[
    str | None, typer.Option("--source", metavar="NAME", help="Only this source.", show_default=False)
]
Past = Annotated[bool, typer.Option("--all", help="Rows that were accepted after all, too.")]


@app.command("list")
def list_reasons(
    reason: Reason = None,
    source: Source = None,
    past: Past = False,
    warehouse: options.Warehouse = None,
    target: options.Target = None,
    json: options.Json = False,
) -> None:
    """Count the quarantined rows by source, feed, entity and reason.

    A row with several reasons counts under each of them. Mend the mapping or the file and run again:
    rows that keep the rules then leave the quarantine.

    \b
    Examples:
      chunks quarantine list
      chunks quarantine list --source shop --json
    """  # noqa: D301 - \b keeps lines apart in the help
    where = filled(warehouse, target)
    from customer_chunks.serving.quarantined import Narrowed, counts, require_reason  # noqa: PLC0415 - brings Spark

    store, narrowed = opened(where), Narrowed(reason, source, past)
    rows = counts(store, narrowed)
    if not rows:
        require_reason(store, narrowed)
    if json:
        emit(rows)
    elif not rows:
        say("No row is quarantined.")
    else:
        columns = ("source", "feed", "entity", "reason", "open", *(["accepted_since"] if past else []))
        grid(columns, [tuple(r[c] for c in columns) for r in rows], right=("open", "accepted_since"))
        say("Look at the rows with `chunks quarantine show --reason CODE`.")


@app.command("show")
def show(  # noqa: PLR0913, PLR0917 - one parameter an option
    reason: Reason = None,
    source: Source = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="Most rows to show.")] = 10,
    past: Past = False,
    warehouse: options.Warehouse = None,
    target: options.Target = None,
    with_pii: Annotated[
        bool, typer.Option("--with-pii", help="Show the rows as received; their values are masked otherwise.")
    ] = False,
    json: options.Json = False,
) -> None:
    """Show quarantined rows: file, position in it, every reason, and the row as received.

    \b
    Examples:
      chunks quarantine show --reason ordered_at.unparsable
      chunks quarantine show --limit 50 --with-pii --json
    """  # noqa: D301 - \b keeps lines apart in the help
    where = filled(warehouse, target)
    from customer_chunks.serving.quarantined import Narrowed, entries, require_reason  # noqa: PLC0415 - brings Spark

    store, narrowed = opened(where), Narrowed(reason, source, past)
    rows = [_shown(row, with_pii=with_pii) for row in entries(store, narrowed, limit)]
    if not rows:
        require_reason(store, narrowed)
    if json:
        emit(rows)
        return
    for row in rows:
        say(
            f"{row['path']} row at position {row['position']}: {', '.join(row['reason_codes'])}", style="bold"
        )
        say(f"  {row['source']}.{row['feed']}, meant for {row['entity']}")
        say("  " + ", ".join(f"{k}={v}" for k, v in row["raw_row"].items()))
    if not rows:
        say("No row is quarantined.")
    elif not with_pii:
        say("Values are masked, as any of them may be personal; --with-pii shows them.")


@app.command("replay")
def replay(  # noqa: PLR0913, PLR0917 - one parameter an option
    reason: Reason = None,
    source: Source = None,
    sources: options.Sources = None,
    warehouse: options.Warehouse = None,
    target: options.Target = None,
    settings: options.SettingsFile = None,
    json: options.Json = False,
) -> None:
    """Try quarantined rows again, after a mapping, a rule or a rate was mended.

    Only what they touch is computed, and they are counted once more: the account shows how many passed
    and how many are still in quarantine. Rows that pass keep their entry, with the time. Nothing is read
    from the source's files; what else a mended mapping changes is left to `chunks run`.

    \b
    Examples:
      chunks quarantine replay
      chunks quarantine replay --reason ordered_at.unparsable --source shop
    """  # noqa: D301 - \b keeps lines apart in the help
    where, chosen, mappings = filled(warehouse, target), settings_of(settings), sources_of(sources)
    from customer_chunks.cli.progress import StepProgress  # noqa: PLC0415 - brings rich
    from customer_chunks.cli.run import told  # noqa: PLC0415 - brings Spark
    from customer_chunks.flow.house import all_steps  # noqa: PLC0415 - brings Spark
    from customer_chunks.flow.job import new_run_id  # noqa: PLC0415 - brings Spark
    from customer_chunks.flow.replay import Chosen  # noqa: PLC0415 - brings Spark
    from customer_chunks.flow.runner import Runner  # noqa: PLC0415 - brings Spark
    from customer_chunks.serving.quarantined import Narrowed, require_reason  # noqa: PLC0415 - brings Spark

    store = opened(where, writes=True)
    require_reason(store, Narrowed(reason, source, with_past=True))
    with StepProgress() as progress:
        steps = all_steps(mappings, chosen, where)
        runner = Runner(store, mappings, steps, chosen, new_run_id(), progress)
        report = runner.replay(Chosen(reason, source))
    told(report, where.label, store, json=json)


def _shown(row: dict[str, Any], *, with_pii: bool) -> dict[str, Any]:
    raw = codec.loads(row["raw_row"] or "{}")
    return {**row, "raw_row": raw if with_pii else dict.fromkeys(raw, MASK)}
