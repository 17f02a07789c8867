"""Bronze columns back under the names that the outside gave them."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

AS_HELD = "_as_held_"
"""How the names of columns begin that go with a row as they are, besides ``_change``."""
HOUSE = "__chunks_"
"""How the names of columns begin that are set beside a source's own: no source's do."""


def quoted(name: str) -> str:
    """Return the name as an identifier, whatever characters it holds."""
    return "`" + name.replace("`", "``") + "`"


def goes_along(name: str) -> bool:
    """Return whether a column is none of the row's own and goes along with it."""
    return name == "_change" or name.startswith(AS_HELD)


def source_names(bronze: DataFrame) -> DataFrame:
    """Return the bronze frame with the names that the outside gave its columns (kept as column comments)."""
    selected = []
    for field in bronze.schema.fields:
        original = field.metadata.get("comment") if field.metadata else None
        is_ours = field.name.startswith("_") or not original
        selected.append(
            F.col(quoted(field.name)) if is_ours else F.col(quoted(field.name)).alias(str(original))
        )
    return bronze.select(*selected)
