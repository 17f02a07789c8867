"""A feed's bronze rows -> rows of one canonical entity, by the feed's mapping.

The frame that leaves has every field of the entity (typed null where unmapped) and:
``_feed``, ``_delivery``, ``_position``, ``_ingested_at``, ``_subject_key``;
``_copy`` and ``_copy_more`` two 64-bit hashes of every received column as text (equal rows are
exact duplicates);
``_excluded`` name of the mapping rule that leaves the row out, or null;
``_unreadable`` codes of fields whose text could not be read;
``_noted`` codes of what was put right on the way (a clock gap).
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from pyspark.errors import PySparkException
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from customer_chunks.columns import parsing
from customer_chunks.columns.codes import coded
from customer_chunks.columns.naming import goes_along, quoted, source_names
from customer_chunks.config.mapping import EntityMapping, Feed, FieldMapping, SourceMapping
from customer_chunks.contracts.entities import Field, Kind
from customer_chunks.contracts.ops import BRONZE_COLUMNS
from customer_chunks.errors import ConfigError, did_you_mean

LINEAGE = ("_feed", "_delivery", "_position", "_ingested_at", "_subject_key")
_NOT_ONE_VALUE = ("INVALID_WHERE_CONDITION", "UNSUPPORTED_GENERATOR", "WINDOW_FUNCTION_NOT_ALLOWED")
_METADATA = {c.name for c in BRONZE_COLUMNS}


@dataclass(frozen=True)
class Zones:
    """Time zone of the source's clocks, and of the days that the company reports by."""

    source: str
    reporting: str


def mapped_rows(
    bronze: DataFrame, feed: Feed, source: SourceMapping, entity: str, *, reporting_zone: str
) -> DataFrame:
    """Return one row of ``entity`` per bronze row of ``feed``.

    Raises:
        ConfigError: the mapping names a column or a pattern that the data cannot meet.
    """
    mapping = feed.entity(entity)
    if mapping is None:
        raise ConfigError(f"{feed.where}: fills no {entity}.", "Add it under `entities:`.")
    raw = source_names(bronze)
    compiler = _Compiler(raw, feed, mapping, Zones(source.time_zone, reporting_zone))
    return compiler.rows()


def meaningful(raw: DataFrame, feed: Feed) -> list[Column]:
    """Return the columns of raw rows, text that the feed's ``null_values`` name as null.

    Expressions see them so: ``upper(customer)`` of a placeholder is no customer. Blank text stays; the
    field that it ends in makes it null.
    """
    marks = _marks(feed)
    columns = []
    for name, spark_type in raw.dtypes:
        column = F.col(quoted(name))
        if marks and spark_type == "string" and name not in _METADATA and not goes_along(name):
            column = F.when(~F.trim(column).isin(*marks), column).alias(name)
        columns.append(column)
    return columns


def _marks(feed: Feed) -> list[str]:
    """Return the texts that mean nothing, blank ones aside, which never mean anything."""
    return [mark for mark in feed.null_values if mark.strip()]


def customer_id_of(raw: DataFrame, feed: Feed, mapping: EntityMapping) -> Column:
    """Return the customer id that a mapping finds on a raw row, as text; null for guests."""
    compiler = _Compiler(raw, feed, mapping, Zones("UTC", "UTC"))
    field = mapping.entity.field("customer_id")
    return compiler.value(field, dict(mapping.fields)["customer_id"])


def copy_hash(frame: DataFrame, seed: int = 0) -> Column:
    """Return the hash of every received column; a new column that is null changes nothing.

    Values of one type are equal as text where they are equal, so they are hashed as they are.
    """
    parts: list[Column] = [F.lit(seed)] if seed else []
    for name, spark_type in sorted(frame.dtypes):
        if name in _METADATA or goes_along(name):
            continue
        value = F.col(quoted(name))
        hashed = F.to_json(value) if "map<" in spark_type else value
        parts += [F.when(value.isNotNull(), F.lit(zlib.crc32(name.encode()))), hashed]
    return F.xxhash64(*parts)


@dataclass(frozen=True)
class _Compiler:
    raw: DataFrame
    feed: Feed
    mapping: EntityMapping
    zones: Zones

    def rows(self) -> DataFrame:
        fields = dict(self.mapping.fields)
        columns: list[Column] = []
        unreadable: list[tuple[Column, str]] = []
        noted: list[tuple[Column, str]] = []
        for field in self.mapping.entity.fields:
            if field.name not in fields:
                columns.append(F.lit(None).cast(field.kind.type).alias(field.name))
                continue
            value, given, gap = self._field(field, fields[field.name])
            columns.append(value.alias(field.name))
            if field.kind not in {Kind.ID, Kind.TEXT, Kind.CODE}:
                unreadable.append((given & value.isNull(), f"{field.name}.unparsable"))
            if gap is not None:
                noted.append((gap, f"{field.name}.clock_gap"))
        unreadable.append((F.col("_rescued").isNotNull(), "record.malformed"))
        extra = [
            F.lit(self.feed.name).alias("_feed"),
            *[F.col(name) for name in (*LINEAGE[1:], "_copy", "_copy_more", "_excluded")],
            _codes(unreadable).alias("_unreadable"),
            _codes(noted).alias("_noted"),
        ]
        carried = [F.col(name) for name in self.raw.columns if goes_along(name)]
        # Of the rows as received: what is a copy, and what a rule leaves out.
        as_received = [
            copy_hash(self.raw).alias("_copy"),
            copy_hash(self.raw, seed=1).alias("_copy_more"),
            self._excluded().alias("_excluded"),
        ]
        told = self.raw.select(*meaningful(self.raw, self.feed), *as_received)
        return told.select(*columns, *extra, *carried)

    def value(self, field: Field, mapping: FieldMapping) -> Column:
        """Return one field's value."""
        return self._field(field, mapping)[0]

    def _field(self, field: Field, mapping: FieldMapping) -> tuple[Column, Column, Column | None]:
        """Return the typed value, whether something was given, and whether a clock gap was met."""
        if mapping.is_constant:
            raw, spark_type = F.lit(mapping.expression), "string"
        else:
            raw, spark_type = self._expression(mapping.expression, field.name)
        if spark_type == "string":
            raw = self._without_nulls(raw)
        given = raw.isNotNull()
        if mapping.values or mapping.default is not None:
            raw, spark_type = self._replaced(parsing.as_text(raw, spark_type), mapping), "string"
            given = raw.isNotNull()
        if field.kind is Kind.INSTANT:
            value, gap = parsing.instant(
                raw,
                spark_type,
                formats=mapping.formats,
                zone=self.zones.source,
                date_zone=self.zones.reporting,
            )
            self._check_pattern(value, field.name, mapping)
            return value, given, None if spark_type == "timestamp" else gap
        return self._simple(field.kind, raw, spark_type, mapping), given, None

    def _simple(self, kind: Kind, raw: Column, spark_type: str, mapping: FieldMapping) -> Column:
        if kind is Kind.DAY:
            value = parsing.day(raw, spark_type, formats=mapping.formats)
            self._check_pattern(value, kind.value, mapping)
            return value
        if kind is Kind.FLAG:
            return raw if spark_type == "boolean" else parsing.flag(parsing.as_text(raw, spark_type))
        if kind in {Kind.AMOUNT, Kind.PRICE, Kind.QUANTITY, Kind.RATE}:
            if spark_type != "string":
                return raw.try_cast(kind.type)
            return parsing.number(raw, kind.type, decimal=mapping.decimal, thousands=mapping.thousands)
        written = parsing.as_text(raw, spark_type)
        return parsing.identifier(written) if kind is Kind.ID else parsing.text(written)

    def _expression(self, expression: str, field: str) -> tuple[Column, str]:
        exact = self._column_called(expression)
        column = F.col(quoted(exact)) if exact else F.expr(expression)
        try:  # a condition refuses what makes fewer or more rows: aggregates, windows, explode
            spark_type = self.raw.where(column.isNotNull()).select(column.alias("v")).dtypes[0][1]
        except PySparkException as error:
            raise self._cannot_mean(expression, field, error) from None
        return column, "string" if spark_type == "void" else spark_type

    def _column_called(self, name: str) -> str | None:
        bare = name[1:-1] if name.startswith("`") and name.endswith("`") and "`" not in name[1:-1] else name
        if bare in self.raw.columns:
            return bare
        near = [c for c in self.raw.columns if c.strip().casefold() == bare.strip().casefold()]
        return near[0] if len(near) == 1 else None

    def _cannot_mean(self, expression: str, field: str, error: PySparkException) -> ConfigError:
        known = [c for c in self.raw.columns if c not in _METADATA and not goes_along(c)]
        condition = error.getCondition() or ""
        where = f"{self.mapping.where}.{field}"
        if "UNRESOLVED_COLUMN" in condition:
            parameters = error.getMessageParameters() or {}
            name = str(parameters.get("objectName", expression)).replace("`", "")
            return ConfigError(
                f"{where}: {self.feed.table} has no column '{name}'.", did_you_mean(name, known)
            )
        if condition.startswith(_NOT_ONE_VALUE):
            return ConfigError(
                f"{where}: '{expression}' does not give one value for each row.",
                "Use the row's own columns only: no sum, count, window or explode.",
            )
        reason = str(error).strip().split("SQLSTATE", maxsplit=1)[0].split("\n")[0].strip(" .")
        return ConfigError(
            f"{where}: '{expression}' is no valid expression ({reason}).",
            "Mend it; names with blanks need `backticks`.",
        )

    def _without_nulls(self, raw: Column) -> Column:
        plain = F.trim(raw)
        return F.when(~plain.isin("", *_marks(self.feed)), plain)

    def _replaced(self, written: Column, mapping: FieldMapping) -> Column:
        value = written
        if mapping.values:
            pairs = F.create_map(*[F.lit(part) for pair in mapping.values for part in pair])
            value = F.coalesce(F.try_element_at(pairs, F.trim(written)), written)
        return F.coalesce(value, F.lit(mapping.default)) if mapping.default is not None else value

    def _excluded(self) -> Column:
        found: Column = F.lit(None).cast("string")
        for name, rule in reversed(self.feed.exclude):
            condition, _ = self._expression(rule, f"exclude.{name}")
            found = F.when(F.coalesce(condition.try_cast("boolean"), F.lit(False)), F.lit(name)).otherwise(
                found
            )
        return found

    def _check_pattern(self, value: Column, field: str, mapping: FieldMapping) -> None:
        if not mapping.formats:
            return
        try:
            sample = self.raw.sparkSession.sql("SELECT '2024-01-01' AS v")
            for pattern in mapping.formats:
                sample.select(F.try_to_timestamp(F.col("v"), F.lit(pattern))).collect()  # one row
        except PySparkException:
            raise ConfigError(
                f"{self.mapping.where}.{field}: '{', '.join(mapping.formats)}' is no date format.",
                "Use Spark's letters, such as dd.MM.yyyy HH:mm:ss or M/d/yyyy H:mm.",
            ) from None


def _codes(parts: list[tuple[Column, str]]) -> Column:
    """Return the codes whose condition holds as an array; a row without any costs one test."""
    return coded([(F.coalesce(condition, F.lit(False)), code) for condition, code in parts])
