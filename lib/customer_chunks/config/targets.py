"""conf/targets.yml -> where the tables of dev, prod and others lie."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from customer_chunks.config.document import read_document
from customer_chunks.errors import ConfigError, did_you_mean


@dataclass(frozen=True)
class Target:
    """A place for tables: a warehouse folder (any file system that Spark reaches), or a catalog."""

    name: str
    warehouse: str | None = None
    catalog: str | None = None
    schema_prefix: str = ""

    @property
    def label(self) -> str:
        """Return what people call the place."""
        return self.warehouse or ".".join(p for p in (self.catalog, f"{self.schema_prefix}*") if p)

    @property
    def folder(self) -> Path | None:
        """Return the warehouse as a local folder, or None where it is none."""
        if self.warehouse is None or ("://" in self.warehouse and not self.warehouse.startswith("file://")):
            return None
        return Path(self.warehouse.removeprefix("file://"))


def folder_target(warehouse: Path) -> Target:
    """Return the target that ``--warehouse DIR`` means."""
    return Target(name="folder", warehouse=str(warehouse.expanduser().resolve()))


def read_target(path: Path, name: str | None = None) -> Target:
    """Read one target of a targets file; without a name its ``default``.

    Raises:
        ConfigError: the file or the target is missing, or it names no place.
    """
    root = read_document(path)
    default = root.text("default")
    targets = root.node("targets", required=True)
    wanted = name or default
    if wanted is None:
        raise root.fail("no target is named and there is no `default:`.", "Give --target NAME.")
    if not targets.has(wanted):
        raise ConfigError(f"{path}: there is no target '{wanted}'.", did_you_mean(wanted, targets.names()))
    node = targets.node(wanted)
    warehouse, catalog = node.text("warehouse"), node.text("catalog")
    prefix = node.text("schema_prefix", "") or ""
    node.done()
    if (warehouse is None) == (catalog is None and not prefix):
        raise node.fail(
            "needs either `warehouse:` or `catalog:` (with `schema_prefix:`).", "Give one of them."
        )
    if warehouse is not None and "://" not in warehouse:
        warehouse = str((path.parent.parent / warehouse).resolve())
    return Target(wanted, warehouse, catalog, prefix)
