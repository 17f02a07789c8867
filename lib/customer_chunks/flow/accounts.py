"""The account of every row: what came in is what came out, or the run stops."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timezone
from typing import Any, NamedTuple

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_chunks.contracts.ops import RUN_ACCOUNTS
from customer_chunks.errors import AccountError
from customer_chunks.storage.converge import Counts, append
from customer_chunks.storage.ledger import Delivery
from customer_chunks.storage.warehouse import Warehouse, faults

_TOLD = 5
SETTLED = "settled"
"""In the notes of ops.run_accounts: the run of each step whose account it holds."""


class Spoilt(NamedTuple):
    """A file, how many of its rows are quarantined, and how many it has."""

    path: str
    bad: int
    rows: int


@dataclass
class Account:
    """What became of the rows of one feed and entity in one step; the parts add up to ``rows_read``.

    A row is counted once, when it comes. ``moved_in`` and ``moved_out`` are rows counted earlier that
    went to quarantine or came out of it, because of what came since.
    """

    feed: str
    entity: str
    rows_read: int
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    superseded: int = 0
    deleted: int = 0
    quarantined: int = 0
    duplicate: int = 0
    excluded: int = 0
    excluded_by: dict[str, int] = field(default_factory=dict)
    quarantined_by: dict[str, int] = field(default_factory=dict)
    warnings: dict[str, int] = field(default_factory=dict)
    accepted: int = 0
    moved_in: int = 0
    moved_out: int = 0
    spoilt: list[Spoilt] = field(default_factory=list)
    """Files of which half the rows or more broke a rule; not noted."""

    @property
    def accounted(self) -> int:
        """Return the sum of the parts, with the rows accepted but not yet written."""
        left_out = self.superseded + self.deleted + self.quarantined + self.duplicate + self.excluded
        return self.accepted + left_out

    def written(self, counts: Counts) -> Counts:
        """Split the accepted rows by what writing them did; return what is left for other feeds."""
        if counts.by_feed is not None:
            mine = counts.by_feed.get(self.feed, Counts())
            self.written(replace(mine, by_feed=None))
            return counts
        self.inserted = min(self.accepted, counts.inserted)
        self.updated = min(self.accepted - self.inserted, counts.updated)
        self.unchanged = self.accepted - self.inserted - self.updated
        return Counts(counts.inserted - self.inserted, counts.updated - self.updated)


def count_judged(judged: DataFrame, feed: str, entity: str, rows_read: int, after_delivery: int) -> Account:
    """Count the dispositions of the rows that are new.

    Args:
        judged: Judged rows of one feed and entity (persisted).
        feed: The feed.
        entity: What the rows became.
        rows_read: Rows that the deliveries say came in: the other side of the account.
        after_delivery: Rows of later deliveries count; -1 counts all.

    Raises:
        AccountError: the parts do not add up to ``rows_read``.
    """
    groups = ["_disposition", "_excluded", "_reasons", "_warnings"]
    counted = judged.where(F.col("_delivery") > after_delivery).groupBy(*groups).count()
    account = Account(feed, entity, rows_read)
    for row in counted.collect():  # as many as combinations of rule names
        _add(account, row.asDict(), row["count"])
    if account.accounted != rows_read:
        raise AccountError(
            f"{entity} from feed {feed}: {rows_read} rows came in and {account.accounted} are accounted for.",
            "Nothing was committed. Run `chunks run --full` for the table; report it if it stays.",
        )
    return account


def spoilt_files(judged: DataFrame, held: Sequence[Delivery], after_delivery: int) -> list[Spoilt]:
    """Return the new files of which half the rows or more are quarantined.

    One bad file among many good ones is no large part of what came, and has most likely changed its format.
    """
    is_bad = F.col("_disposition") == "quarantined"
    counted = judged.where(F.col("_delivery") > after_delivery).groupBy("_delivery")
    found = counted.agg(F.count_if(is_bad).alias("bad"), F.count("*").alias("rows")).where("2 * bad >= rows")
    paths = {d.number: d.path for d in held}
    worst = found.orderBy("_delivery").limit(_TOLD).collect()
    return [Spoilt(paths.get(row["_delivery"], ""), row["bad"], row["rows"]) for row in worst]  # a few rows


def _add(account: Account, row: Mapping[str, Any], count: int) -> None:
    disposition = row["_disposition"]
    setattr(account, disposition, getattr(account, disposition) + count)
    tallies = {
        "excluded": (account.excluded_by, [row["_excluded"]]),
        "quarantined": (account.quarantined_by, row["_reasons"]),
        "accepted": (account.warnings, row["_warnings"]),
    }
    tally, codes = tallies.get(disposition, ({}, []))
    for code in codes or []:
        tally[code] = tally.get(code, 0) + count


def settle_accounts(warehouse: Warehouse, mains: Sequence[str]) -> None:
    """Fill ops.run_accounts from the notes of the newest commits of the given tables.

    The table's own commits note which run of which step they settled, so that nothing is asked of it
    where nothing is open, as after any run that was not killed.
    """
    settled: dict[str, str] = _said(warehouse).get(SETTLED, {})
    noted = [row for table in mains for row in _noted(warehouse, table) if settled.get(row[1]) != row[0]]
    if not noted:
        return
    warehouse.create(RUN_ACCOUNTS)
    keys = {(row[0], row[1], row[4], row[5]) for row in noted}
    known = warehouse.read(RUN_ACCOUNTS.full_name)
    runs = sorted({row[0] for row in noted})
    held = known.where(F.col("run_id").isin(runs)).select("run_id", "step", "feed", "entity").collect()
    missing = keys - {tuple(row) for row in held}  # rows of the named runs only
    fresh = [row for row in noted if (row[0], row[1], row[4], row[5]) in missing]
    if not fresh:
        return
    said = {**_said(warehouse), SETTLED: {**settled, **{row[1]: row[0] for row in noted}}}
    schema = ", ".join(f"`{c.name}` {c.type}" for c in RUN_ACCOUNTS.columns)
    with faults(RUN_ACCOUNTS.full_name, warehouse):
        append(warehouse, RUN_ACCOUNTS.full_name, warehouse.spark.createDataFrame(fresh, schema), said)


def _said(warehouse: Warehouse) -> dict[str, Any]:
    """Return the notes of ops.run_accounts, as its next commit is to say them again."""
    last = warehouse.last_commit(RUN_ACCOUNTS.full_name)
    return last.said if last else {}


def as_notes(accounts: Sequence[Account]) -> list[dict[str, Any]]:
    """Return the accounts as a commit's notes hold them."""
    return [{k: v for k, v in asdict(account).items() if k != "spoilt"} for account in accounts]


def _noted(warehouse: Warehouse, table: str) -> list[tuple[Any, ...]]:
    last = warehouse.last_commit(table)
    rows: list[tuple[Any, ...]] = []
    for step, bookmark in (last.notes.get("steps", {}) if last else {}).items():
        for noted in bookmark.get("accounts", []):
            values = {k: v for k, v in noted.items() if k != "accepted"}
            at = datetime.fromisoformat(bookmark["at"]).astimezone(timezone.utc)
            head = (
                bookmark["run"],
                step,
                table,
                bookmark.get("source", ""),
                values.pop("feed"),
                values.pop("entity"),
            )
            order = [c.name for c in RUN_ACCOUNTS.columns][8:-1]
            kind = (bookmark["is_full"], bookmark.get("is_replay", False))
            rows.append((*head, *kind, *[values.get(name) for name in order], at))
    return rows


def describe(account: Account) -> str:
    """Return the account as one line for people."""
    parts = {
        k: v
        for k, v in asdict(account).items()
        if isinstance(v, int) and v and k not in {"rows_read", "accepted", "moved_in", "moved_out"}
    }
    return f"{account.rows_read:,} read = " + (" + ".join(f"{v:,} {k}" for k, v in parts.items()) or "0")


def moves(account: Account, why: str) -> list[str]:
    """Return a sentence for rows that an earlier account counted and that moved now, each way."""
    return [
        f"{account.feed} {account.entity}: {count:,} {'row' if count == 1 else 'rows'} of earlier deliveries "
        f"{way} {why}; earlier accounts tell what they were when they came."
        for count, way in (
            (account.moved_in, "went to quarantine"),
            (account.moved_out, "left the quarantine"),
        )
        if count
    ]


def remarks(account: Account) -> list[str]:
    """Return what is worth a look, a sentence each.

    Rows counted earlier that moved, and every file and rule of which half of the rows or more are in
    quarantine, as new formats do.
    """
    said = moves(account, "by what came now")
    for file in account.spoilt:
        share = f"{file.bad:,} of {file.rows:,} rows of {file.path} are in quarantine"
        said.append(f"{account.feed} {account.entity}: {share}: has its format changed?")
    for code, count in sorted(account.quarantined_by.items()):
        if 2 * count < account.rows_read:
            continue
        asked = "has the format changed?" if code.endswith((".unparsable", ".malformed")) else "is it meant?"
        said.append(
            f"{account.feed} {account.entity}: {count / account.rows_read:.0%} of {account.rows_read:,} rows "
            f"are in quarantine by {code}: {asked}"
        )
    return said
