"""``chunks source init|check``."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from customer_chunks.cli import options
from customer_chunks.cli.console import emit, grid, masked, note, say, size
from customer_chunks.cli.opened import settings_of
from customer_chunks.errors import ConfigError, StorageError

if TYPE_CHECKING:
    from customer_chunks.flow.check import FeedCheck, OrdersFound, SourceCheck
    from customer_chunks.sources.draft import Draft

_FILES_SHOWN = 10
_PARTS = ("superseded", "duplicate", "excluded", "quarantined")

app = typer.Typer(
    help="Describe the files of a company: draft a mapping, and check one.", no_args_is_help=True
)


@app.command("init")
def init(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A file, or a folder of files.")],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE",
            help="Write the draft here; an existing file is left alone.",
            show_default=False,
        ),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(
            "--name", help="Name of the source. Default: made from the file's name.", show_default=False
        ),
    ] = None,
    json: options.Json = False,
) -> None:
    """Look at files and draft the mapping that describes them, with a confidence for every guess.

    It is a draft: read it, correct it, then try it with `chunks source check`.

    \b
    Examples:
      chunks source init exports/ --name shop --out conf/sources/shop.yml
      chunks source init orders.csv
    """  # noqa: D301 - \b keeps lines apart in the help
    if out is not None and out.exists():
        raise StorageError(
            f"{out}: exists already and is left alone.", "Choose another --out, or move it away."
        )
    from customer_chunks.sources.draft import draft_mapping  # noqa: PLC0415 - a heavy import

    draft = draft_mapping(path, source=name, relative_to=out.absolute().parent if out is not None else None)
    if out is not None:
        _write(out, draft.yaml)
    if json:
        columns = [asdict(g) for g in draft.columns]
        emit({"source": draft.source, "file": out, "mapping": draft.yaml, "columns": columns})
        return
    if out is None:
        sys.stdout.write(draft.yaml)  # alone on standard output: it may go into a file
    _show_guesses(draft, is_aside=out is None)
    said = f"The draft of source '{draft.source}' is in {out}." if out else "Save it with --out FILE."
    note(f"{said} Read it before you use it: every line is a guess.")
    note(f"Then: chunks source check {out or 'FILE.yml'}")


@app.command("check")
def check(  # noqa: PLR0913, PLR0917 - one parameter an option
    mapping: Annotated[Path, typer.Argument(metavar="FILE", help="A mapping.")],
    sources_root: Annotated[
        Path | None,
        typer.Option(
            "--sources-root",
            metavar="DIR",
            help="Take the mapping's relative paths from here.",
            show_default=False,
        ),
    ] = None,
    rows: Annotated[int, typer.Option("--rows", min=0, max=100, help="Sample rows of each feed.")] = 5,
    every: Annotated[
        bool, typer.Option("--all", help="Judge every row of huge files too, not their first 100,000.")
    ] = False,
    settings: options.SettingsFile = None,
    with_pii: options.WithPii = False,
    json: options.Json = False,
) -> None:
    """Show what a run would make of a source's files, without writing anything.

    For each feed: the files found, columns that nothing reads, the first rows as they would be
    understood, and what would be quarantined, excluded or dropped as a copy, and why.

    \b
    Examples:
      chunks source check conf/sources/shop.yml
      chunks source check shop.yml --rows 20 --all
      chunks source check shop.yml --json
    """  # noqa: D301 - \b keeps lines apart in the help
    chosen = settings_of(settings)
    from customer_chunks.cli.progress import waiting  # noqa: PLC0415 - brings rich
    from customer_chunks.config.mapping import read_mapping  # noqa: PLC0415 - not needed for --help
    from customer_chunks.flow.check import check_source  # noqa: PLC0415 - brings Spark
    from customer_chunks.flow.session import build_session  # noqa: PLC0415 - brings Spark

    if sources_root is not None and not sources_root.is_dir():
        raise ConfigError(f"{sources_root}: there is no such folder.", "Correct --sources-root.")
    source = read_mapping(mapping, sources_root) if sources_root is not None else read_mapping(mapping)
    with waiting("Starting Spark"):
        spark = build_session()
    with waiting("Reading and judging the rows"):
        found = check_source(spark, source, chosen, sample=rows, every_row=every)
    if json:
        emit(_as_json(found, with_pii=with_pii))
    else:
        _show(found, with_pii=with_pii)


def _write(out: Path, text: str) -> None:
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with out.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise StorageError(f"{out}: cannot be written ({error.strerror}).", "Choose another --out.") from None


def _show_guesses(draft: Draft, *, is_aside: bool) -> None:
    rows = [
        (
            g.feed, g.column, g.type, f"{g.entity}.{g.field}" if g.field else "-", f"{g.confidence:.0%}",
            g.why, ", ".join(g.alternatives),
        )
        for g in draft.columns
    ]  # fmt: skip
    grid(
        ("feed", "column", "type", "taken for", "sure", "why", "or"),
        rows,
        title="Guesses",
        right=("sure",),
        is_aside=is_aside,
    )


def _show(found: SourceCheck, *, with_pii: bool) -> None:
    for feed in found.feeds:
        _show_feed(feed, with_pii=with_pii)
    if found.orders is not None:
        _show_orders(found.orders)
    lost = sum(a.quarantined for f in found.feeds for a in f.accounts)
    say(
        f"Nothing was written. {lost:,} rows would be quarantined."
        if lost
        else "Nothing was written. Every row is understood."
    )


def _show_feed(feed: FeedCheck, *, with_pii: bool) -> None:
    total = sum(number for _, number in feed.files)
    part = " (the first of them; --all judges every row)" if feed.is_part else ""
    say(f"Feed {feed.feed}: {len(feed.files)} files, {size(total)}, {feed.rows:,} rows{part}", style="bold")
    for path, number in feed.files[:_FILES_SHOWN]:
        say(f"  {path}  {size(number)}")
    if len(feed.files) > _FILES_SHOWN:
        say(f"  and {len(feed.files) - _FILES_SHOWN} more")
    for told in feed.notes:
        say(f"  Note: {told}", style="yellow")
    if feed.unmapped:
        say(f"  Columns that nothing reads: {', '.join(feed.unmapped)}")
    for sample in _samples(feed, with_pii=with_pii):
        _show_sample(sample)
    for account in feed.accounts:
        parts = {"kept": account.accepted} | {part: getattr(account, part) for part in _PARTS}
        told = " + ".join(f"{number:,} {part}" for part, number in parts.items())
        say(f"  {account.entity}: {account.rows_read:,} read = {told}")
    reasons = [line for account in feed.accounts for line in _why(account)]
    if reasons:
        grid(("became", "rows would be", "why", "rows", "share"), reasons, right=("rows", "share"))


def _why(account: Any) -> list[tuple[Any, ...]]:
    kinds = (
        ("quarantined", account.quarantined_by),
        ("excluded", account.excluded_by),
        ("kept with a warning", account.warnings),
    )
    read = account.rows_read or 1
    return [
        (account.entity, word, code, count, f"{count / read:.1%}")
        for word, tally in kinds
        for code, count in sorted(tally.items(), key=lambda pair: (-pair[1], pair[0]))
    ]


def _show_sample(sample: dict[str, Any]) -> None:
    rows = sample["rows"]
    if rows:
        head = (sample["entity"], *[f"row {n}" for n in range(1, len(rows) + 1)])
        grid(head, [(name, *[row[name] for row in rows]) for name in rows[0]])


def _show_orders(orders: OrdersFound) -> None:
    currencies = ", ".join(f"{code} ({count:,})" for code, count in orders.currencies.items())
    say(f"Orders: {orders.orders:,}, of which {orders.returns:,} returns", style="bold")
    if not orders.orders:
        return
    guests = f"{orders.guests / orders.orders:.1%}"
    say(f"  from {orders.first_on} to {orders.last_on}; without a customer: {guests}")
    say(f"  currencies: {currencies or 'none'}")
    if orders.guests == orders.orders:
        note("Every order is a guest's: is customer_id mapped?", style="yellow")


def _samples(feed: FeedCheck, *, with_pii: bool) -> list[dict[str, Any]]:
    return [
        {
            "entity": s.entity,
            "rows": [
                {k: v if with_pii else masked(v, is_personal=k in s.personal) for k, v in row.items()}
                for row in s.rows
            ],
        }
        for s in feed.samples
    ]


def _as_json(found: SourceCheck, *, with_pii: bool) -> dict[str, Any]:
    feeds = [
        {
            **{k: v for k, v in vars(feed).items() if k not in {"samples", "accounts", "files"}},
            "files": [{"path": path, "bytes": number} for path, number in feed.files],
            "samples": _samples(feed, with_pii=with_pii),
            "accounts": [asdict(a) for a in feed.accounts],
        }
        for feed in found.feeds
    ]
    return {"source": found.source, "feeds": feeds, "orders": vars(found.orders) if found.orders else None}
