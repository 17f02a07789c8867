"""What the Delta logs of a warehouse's folder tell: versions, and the files of the newest one. No Spark."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

LOG = "_delta_log"


def tables(warehouse: Path) -> Iterator[tuple[str, Path]]:
    """Yield every table of the warehouse, by name, with its folder."""
    for log in sorted(warehouse.rglob(LOG)):
        yield log.parent.relative_to(warehouse).as_posix(), log.parent


def versions(warehouse: Path) -> dict[str, int]:
    """Return the newest version of every table."""
    return {name: max(int(f.stem) for f in _commits(folder)) for name, folder in tables(warehouse)}


def live_files(table: Path) -> dict[str, int]:
    """Return the files of a table's newest version with their sizes, as the commits of its log tell."""
    found: dict[str, int] = {}
    for commit in _commits(table):
        actions = [json.loads(line) for line in commit.read_text(encoding="utf-8").splitlines()]
        for action in actions:  # first what goes: a file with rows marked as deleted goes and comes
            if "remove" in action:
                found.pop(unquote(action["remove"]["path"]), None)
        found |= {unquote(a["add"]["path"]): a["add"]["size"] for a in actions if "add" in a}
    return found


def files_on_disk(table: Path) -> list[int]:
    """Return the sizes of all files of a table's folder: older versions, change feed, marks and log too."""
    return [f.stat().st_size for f in table.rglob("*") if f.is_file()]


def _commits(table: Path) -> list[Path]:
    """Return the commits of a table's log, oldest first; checkpoints have other names."""
    return [f for f in sorted((table / LOG).glob("*.json")) if f.stem.isdigit()]
