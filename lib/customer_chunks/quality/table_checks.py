"""Verdicts <-> ops.table_checks: what was judged on which version, and what the accepted ones showed.

One commit holds the results of a run and, as its notes, where every table stands; so the two cannot
disagree, and a run in which no table is new reads the notes of one commit and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from math import inf
from typing import Any, NamedTuple

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from customer_chunks.contracts.ops import TABLE_CHECKS
from customer_chunks.contracts.table_rules import Aspect
from customer_chunks.errors import ConfigError, did_you_mean
from customer_chunks.quality.table_rules import Measured, Past, Verdict
from customer_chunks.storage.converge import append, replace_where
from customer_chunks.storage.warehouse import Warehouse, faults

STANDINGS = "standings"
_OF_NEW_ROWS = (Aspect.COMPLETENESS.value, Aspect.DISTRIBUTION.value)
_TELLING_ROWS = 20
_MOST_BATCHES = 4
"""Versions held back one after the other that stay batches of their own; later ones join the last."""


@dataclass(frozen=True)
class Standing:
    """Where a table stands.

    Attributes:
        table_id: Another one where the table was made anew.
        version: The newest version that was judged.
        basis: Fingerprint of the thresholds and of the versions referred to.
        broken: What holds it back, in words; empty where it passed or was accepted.
        released: The newest version that passed or was accepted; None where none ever did.
        held: Versions since then that were held back, oldest first.
        newest_day: Days from 1970-01-01 to the newest day, where a rule of freshness asks.
        references: Id and version of the tables in which values were looked up.
    """

    table_id: str
    version: int
    basis: str = ""
    broken: tuple[str, ...] = ()
    released: int | None = None
    held: tuple[int, ...] = ()
    newest_day: int | None = None
    references: Mapping[str, tuple[str, int]] = field(default_factory=dict)

    def passed(self) -> Standing:
        """Return the standing with the judged version released."""
        return replace(self, broken=(), released=self.version, held=())

    def held_back(self) -> Standing:
        """Return the standing with the judged version held back."""
        held = tuple(dict.fromkeys((*self.held, self.version)))
        return replace(self, held=held[:_MOST_BATCHES])


@dataclass
class Judged:
    """The verdicts on one version of one table, and where that leaves it."""

    table: str
    standing: Standing
    verdicts: Sequence[Verdict] = ()
    is_repeated: bool = False
    accepted: str | None = None


def standings(warehouse: Warehouse) -> dict[str, Standing]:
    """Return where every table stands, from the newest commit's notes."""
    last = warehouse.last_commit(TABLE_CHECKS.full_name)
    noted = last.notes.get(STANDINGS, {}) if last else {}
    return {
        table: Standing(
            **{
                **s,
                "broken": tuple(s["broken"]),
                "held": tuple(s["held"]),
                "references": {name: tuple(seen) for name, seen in s.get("references", {}).items()},
            }
        )
        for table, s in noted.items()
    }


def write_checks(
    warehouse: Warehouse,
    judged: Sequence[Judged],
    standing: Mapping[str, Standing],
    run_id: str,
    at: datetime,
) -> None:
    """Write the verdicts, and where every table then stands, in one commit.

    A version that was judged before gets its rows anew: the rows of a version are always those of its
    last judgement.
    """
    rows = [_row(j, v, run_id, at) for j in judged for v in j.verdicts]
    frame = warehouse.spark.createDataFrame(
        rows, ", ".join(f"`{c.name}` {c.type}" for c in TABLE_CHECKS.columns)
    )
    last = warehouse.last_commit(TABLE_CHECKS.full_name)
    notes = {
        **(last.said if last else {}),
        "run": run_id,
        STANDINGS: {name: asdict(s) for name, s in standing.items()},
    }
    again = [_is_version(j) for j in judged if j.is_repeated]
    with faults(TABLE_CHECKS.full_name, warehouse):
        if again:
            everything = " OR ".join(again)
            replace_where(warehouse, TABLE_CHECKS.full_name, frame, everything, notes)
        else:
            append(warehouse, TABLE_CHECKS.full_name, frame, notes)


def past_of(warehouse: Warehouse, standing: Mapping[str, Standing], versions: int) -> dict[str, Past]:
    """Return what the newest accepted versions of the tables showed, by table.

    Args:
        warehouse: Where the tables lie.
        standing: Where the tables wanted stand; of one that never passed there is no past.
        versions: How many versions to look back.
    """
    released = {t: s for t, s in standing.items() if s.released is not None}
    if not released:
        return {}
    rows = _accepted(warehouse, list(released.values()), versions).select(
        "table_name", "rule", "observed", "measured_rows", F.col("table_version").alias("version"),
        F.expr(f"accepted_reason is not null and aspect in {_OF_NEW_ROWS}").alias("is_exception"),
    )  # fmt: skip
    found: dict[str, dict[str, list[Seen]]] = {}
    for row in rows.collect():  # `versions` a table, one row a rule
        series = found.setdefault(row["table_name"], {}).setdefault(row["rule"], [])
        measured = Measured(row["observed"], row["measured_rows"])
        series.append(Seen(row["version"], measured, row["is_exception"]))
    return {table: _past(found[table], s.released) for table, s in released.items() if table in found}


class Seen(NamedTuple):
    """What a version showed of one rule, and whether it was accepted although it broke it."""

    version: int
    measured: Measured
    is_exception: bool = False


def _past(rules: Mapping[str, Sequence[Seen]], released: int | None) -> Past:
    newest_first = {rule: sorted(series, reverse=True) for rule, series in rules.items()}
    return Past(
        {rule: [seen.measured for seen in without_exceptions(s)] for rule, s in newest_first.items()},
        {rule: s[0].measured for rule, s in newest_first.items() if s[0].version == released},
    )


def without_exceptions(series: Sequence[Seen]) -> list[Seen]:
    """Leave out what was accepted once and is no rule: a later version showed what was usual before.

    Otherwise one accepted mistake would let the same mistake pass from then on. As long as no version
    has come since, both what was accepted and what was usual before are expected.

    Args:
        series: Of one rule, the newest first.
    """
    kept: list[Seen] = []
    for seen in reversed(series):
        if not seen.is_exception:
            usual = [s.measured.value for s in kept if not s.is_exception]
            kept = [s for s in kept if not (s.is_exception and _is_back(seen.measured, s.measured, usual))]
        kept.append(seen)
    return kept[::-1]


def _is_back(now: Measured, then: Measured, usual: Sequence[float | None]) -> bool:
    """Return whether a number is nearer to what was usual before than to what was accepted."""
    known = [value for value in usual if value is not None]
    if now.value is None or then.value is None or not known or now.rows < min(then.rows, _TELLING_ROWS):
        return False
    return min(_times(now.value, value) for value in known) < _times(now.value, then.value)


def _times(one: float, other: float) -> float:
    """Return how many times the larger number is the smaller one."""
    low, high = sorted((one, other))
    return 1.0 if low == high else high / low if low > 0 else inf


def _accepted(warehouse: Warehouse, standing: Sequence[Standing], versions: int) -> DataFrame:
    """Return the results of the newest versions, up to the released one, of which no error stands."""
    wanted = " OR ".join(f"(table_id = '{s.table_id}' AND table_version <= {s.released})" for s in standing)
    held = warehouse.read(TABLE_CHECKS.full_name).where(wanted)
    stands = F.expr("level = 'error' and not is_passed and accepted_reason is null and aspect <> 'freshness'")
    of_version = Window.partitionBy("table_id", "table_version")
    passed = held.withColumn("_broken", F.max(stands).over(of_version)).where("not _broken")
    place = F.dense_rank().over(Window.partitionBy("table_id").orderBy(F.desc("table_version")))
    return passed.withColumn("_place", place).where(F.col("_place") <= versions)


def _is_version(judged: Judged) -> str:
    return f"({_where(judged.table, judged.standing)})"


def _where(table: str, standing: Standing) -> str:
    named = f"table_id = '{standing.table_id}' AND table_name = '{table}'"
    return f"{named} AND table_version = {standing.version}"


def _row(judged: Judged, verdict: Verdict, run_id: str, at: datetime) -> tuple[Any, ...]:
    rule = verdict.asked.rule
    accepted: tuple[str | None, str | None] = (None, None)
    if judged.accepted is not None and verdict.is_holding_back:
        accepted = (judged.accepted, run_id)
    return (
        judged.standing.table_id, judged.table, judged.standing.version, verdict.asked.name,
        rule.aspect.value, rule.column, rule.description, rule.level.value, verdict.observed,
        verdict.bounds.low, verdict.bounds.high, verdict.rows, verdict.is_passed, *accepted, run_id, at,
    )  # fmt: skip


def newest_checks(warehouse: Warehouse, table: str | None = None, versions: int = 1) -> list[dict[str, Any]]:
    """Return the results of the versions of each table that were judged last, one row a rule.

    Raises:
        ConfigError: nothing was ever judged, or not this table.
    """
    if not warehouse.exists(TABLE_CHECKS.full_name):
        raise ConfigError("No table was judged yet.", "Run `chunks run` first.")
    held = warehouse.read(TABLE_CHECKS.full_name)
    place = F.dense_rank().over(
        Window.partitionBy("table_name").orderBy(F.desc("checked_at"), F.desc("table_version"))
    )
    newest = held.withColumn("_place", place).where(F.col("_place") <= versions).drop("_place")
    ordered = newest.orderBy("table_name", "checked_at", "table_version", "rule")
    # As text: a collected instant would be told in the machine's own zone.
    ordered = ordered.withColumn("checked_at", F.date_format("checked_at", "yyyy-MM-dd'T'HH:mm:ss'Z'"))
    rows = [row.asDict() for row in ordered.collect()]  # `versions` a table, one row a rule
    known = {row["table_name"] for row in rows}
    if table is None:
        return rows
    names = [name for name in known if name in {table, f"silver.{table}"}]
    if not names:
        raise ConfigError(f"There are no results for table '{table}'.", did_you_mean(table, known))
    return [row for row in rows if row["table_name"] == names[0]]
