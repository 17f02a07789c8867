"""Options -> the place, the settings, the sources; and the warehouse, when Spark is needed after all.

Everything that can be wrong is found before Java starts.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from customer_chunks.config.settings import Settings, read_settings
from customer_chunks.config.targets import Target, folder_target, read_target
from customer_chunks.errors import ConfigError, StorageError

if TYPE_CHECKING:
    from customer_chunks.config.mapping import SourceMapping
    from customer_chunks.storage.warehouse import Warehouse

TARGETS, SETTINGS, SOURCES = Path("conf/targets.yml"), Path("conf/settings.yml"), Path("conf/sources")
DEFAULT_WAREHOUSE = Path("warehouse")
_LAYERS = ("bronze", "silver", "gold", "ops")


def place(warehouse: str | None, target: str | None) -> Target:
    """Return where the tables lie.

    Raises:
        ConfigError: both are given, or the target is unknown.
        StorageError: the place is a file.
    """
    if warehouse is not None and target is not None:
        raise ConfigError("--warehouse and --target are both given.", "Keep one of them.")
    if warehouse is not None:
        found = Target("folder", warehouse) if "://" in warehouse else folder_target(Path(warehouse))
    elif target is not None or TARGETS.is_file():
        found = read_target(TARGETS, target)
    else:
        found = folder_target(DEFAULT_WAREHOUSE)
    folder = found.folder
    if folder is not None:
        _must_be_folder(folder)
    return found


def _must_be_folder(folder: Path) -> None:
    for part in (folder, *folder.parents):
        if part.exists():
            if not part.is_dir():
                raise StorageError(
                    f"{part}: is a file, so no warehouse can lie there.", "Name a folder with --warehouse."
                )
            return


def filled(warehouse: str | None, target: str | None) -> Target:
    """Return where the tables lie; there must be some.

    Raises:
        StorageError: no run has been there yet.
    """
    found = place(warehouse, target)
    folder = found.folder
    if folder is not None and not any((folder / layer).is_dir() for layer in _LAYERS):
        raise StorageError(
            f"{folder}: there is no warehouse.", "Run `chunks run` first, or name another with --warehouse."
        )
    return found


def settings_of(path: Path | None) -> Settings:
    """Return the settings of the file named, else of conf/settings.yml, else the defaults."""
    return read_settings(path if path is not None else SETTINGS if SETTINGS.is_file() else None)


def sources_of(path: Path | None) -> tuple[SourceMapping, ...]:
    """Return the mappings of the file or folder named, else of conf/sources.

    Raises:
        ConfigError: there is none, or one cannot be meant.
    """
    from customer_chunks.config.mapping import read_mappings  # noqa: PLC0415 - not needed for --help

    if path is None and not SOURCES.is_dir():
        raise ConfigError(
            "No sources are named and there is no folder conf/sources.",
            "Give --sources FILE.yml; `chunks source init PATH` drafts one.",
        )
    return read_mappings(path if path is not None else SOURCES)


def opened(target: Target, *, writes: bool = False) -> Warehouse:
    """Return the warehouse with a running session.

    Raises:
        LeaseError: we mean to write, and another run holds the warehouse.
    """
    from customer_chunks.cli.progress import waiting  # noqa: PLC0415 - brings rich
    from customer_chunks.flow.session import build_session  # noqa: PLC0415 - brings Spark
    from customer_chunks.storage.lease import require_free  # noqa: PLC0415 - not needed for --help
    from customer_chunks.storage.warehouse import Warehouse  # noqa: PLC0415 - brings Spark

    if writes:
        require_free(target.folder)
    with waiting("Starting Spark"):
        return Warehouse(build_session(), target)
