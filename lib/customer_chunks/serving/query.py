"""SQL text over ``layer.table`` names -> a bounded result; nothing can be written through it.

What a statement is, Spark's own parser decides: a text that may stand as a common table
expression is a query. Tables are found by Spark's own analysis: the one that it misses is
registered by its place, without copying, and the analysis is tried again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pyspark.errors import AnalysisException, ParseException, PySparkException
from pyspark.sql import DataFrame

from customer_chunks.contracts import TABLES
from customer_chunks.errors import ConfigError, StorageError, did_you_mean
from customer_chunks.serving.inventory import known_tables
from customer_chunks.storage.warehouse import Warehouse

if TYPE_CHECKING:
    import pyarrow as pa

MOST_ROWS = 100_000
_TELLING = re.compile(r"(show|describe|desc|explain)\b", re.IGNORECASE)
_ALLOWED = "Give one SELECT, WITH, SHOW, DESCRIBE or EXPLAIN statement."
_SCHEMAS = ("bronze", "silver", "gold", "ops")


def run_query(warehouse: Warehouse, text: str, limit: int) -> tuple[pa.Table, bool]:
    """Run one reading statement.

    Args:
        warehouse: Whose tables it names, as ``gold.rfm_scores``.
        text: SQL in Spark's dialect.
        limit: Most rows to return.

    Returns:
        The rows as an Arrow table, and whether there were more.

    Raises:
        ConfigError: the statement writes, cannot be parsed, or names what is not there.
    """
    statement = text.strip().rstrip("; \n\t")
    if not statement:
        raise ConfigError("The statement is empty.", _ALLOWED)
    if not _TELLING.match(statement):
        _must_be_query(warehouse, statement)
    with _registered(warehouse) as names:
        if re.match(r"show\b", statement, re.IGNORECASE):
            for name in known_tables(warehouse):
                names.add(name)
        frame = _analysed(warehouse, statement, names)
        try:
            table = frame.limit(limit + 1).toArrow()
        except PySparkException as error:
            condition = error.getCondition() or type(error).__name__
            raise ConfigError(
                f"The statement cannot be computed ({condition}).",
                "Mend it; --debug shows Spark's own words.",
            ) from error
    return table.slice(0, limit), table.num_rows > limit


def _must_be_query(warehouse: Warehouse, statement: str) -> None:
    """Let Spark parse the text where only a query may stand; what stands there changes nothing."""
    try:
        warehouse.spark.sql(f"WITH _asked AS (\n{statement}\n) SELECT 1")
    except ParseException as error:
        if _is_statement(warehouse, statement):
            raise ConfigError("Only statements that read are allowed here.", _ALLOWED) from None
        raise ConfigError(f"The statement cannot be parsed ({_first_line(error)}).", _ALLOWED) from None
    except AnalysisException:
        return  # names are looked up later


def _is_statement(warehouse: Warehouse, statement: str) -> bool:
    """Return whether Spark can parse the text at all; EXPLAIN runs nothing."""
    try:
        warehouse.spark.sql(f"EXPLAIN {statement}")
    except ParseException:
        return False
    except PySparkException:
        return True
    return True


class _Names:
    """Tables of a warehouse folder under their names in the session's own catalog."""

    def __init__(self, warehouse: Warehouse) -> None:
        self.warehouse = warehouse
        self._added: list[str] = []
        self._has_schemas = False

    def add(self, name: str) -> bool:
        """Give a table its name; return whether that was new."""
        if self.warehouse.target.warehouse is None or name in self._added or not self.warehouse.exists(name):
            return False
        self._make_schemas()
        spark, location = self.warehouse.spark, self.warehouse.location(name).replace("'", "\\'")
        spark.sql(f"DROP TABLE IF EXISTS {_sql_name(name)}")
        spark.sql(f"CREATE TABLE {_sql_name(name)} USING delta LOCATION '{location}'")
        self._added.append(name)
        return True

    def drop(self) -> None:
        """Take the names away; the tables stay where they lie."""
        for name in self._added:
            self.warehouse.spark.sql(f"DROP TABLE IF EXISTS {_sql_name(name)}")

    def _make_schemas(self) -> None:
        if not self._has_schemas:
            for schema in _SCHEMAS:
                self.warehouse.spark.sql(f"CREATE SCHEMA IF NOT EXISTS {schema}")
            self._has_schemas = True


@contextmanager
def _registered(warehouse: Warehouse) -> Iterator[_Names]:
    is_folder = warehouse.target.warehouse is not None
    if is_folder and warehouse.spark.conf.get("spark.sql.catalogImplementation", "in-memory") != "in-memory":
        raise StorageError(
            "This Spark has a catalog of its own, in which a warehouse folder cannot be named for a query.",
            "Use a target with `catalog:`, or run it where Spark is local.",
        )
    names = _Names(warehouse)
    try:
        yield names
    finally:
        names.drop()


def _analysed(warehouse: Warehouse, statement: str, names: _Names) -> DataFrame:
    while True:
        try:
            return warehouse.spark.sql(statement)
        except ParseException as error:
            raise ConfigError(f"The statement cannot be parsed ({_first_line(error)}).", _ALLOWED) from None
        except AnalysisException as error:
            missing = _missing_table(error)
            if missing is None or not names.add(missing):
                raise _as_config_error(warehouse, error, missing) from None


def _missing_table(error: AnalysisException) -> str | None:
    if "TABLE_OR_VIEW_NOT_FOUND" not in (error.getCondition() or ""):
        return None
    parts = (error.getMessageParameters() or {}).get("relationName", "").replace("`", "").split(".")
    return ".".join(parts[-2:]).lower()


def _as_config_error(warehouse: Warehouse, error: AnalysisException, missing: str | None) -> ConfigError:
    condition = error.getCondition() or type(error).__name__
    if missing is not None:
        if missing in TABLES:
            return ConfigError(f"{missing} has not been computed yet.", "Run `chunks run` first.")
        return ConfigError(f"There is no table '{missing}'.", did_you_mean(missing, known_tables(warehouse)))
    parameters = error.getMessageParameters() or {}
    if condition.startswith("UNRESOLVED_COLUMN"):
        name = str(parameters.get("objectName", "?")).replace("`", "")
        near = [
            p.strip().replace("`", "").split(".")[-1]
            for p in parameters.get("proposal", "").split(",")
            if p.strip()
        ]
        return ConfigError(f"There is no column '{name}'.", did_you_mean(name.split(".")[-1], near))
    return ConfigError(f"The statement cannot be meant ({_first_line(error)}).", "Mend it.")


def _first_line(error: PySparkException) -> str:
    """Return Spark's first sentence: about the statement, never about rows, as nothing has been read yet."""
    text = str(error).split("SQLSTATE", maxsplit=1)[0].strip()
    return text.splitlines()[0].strip(" .") if text else type(error).__name__


def _sql_name(name: str) -> str:
    layer, table = name.split(".", 1)
    return f"`{layer}`.`{table}`"
