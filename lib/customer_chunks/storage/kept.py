"""What a version of a table says in short, kept beside the tables: a run with nothing new asks no query.

Spark's first query takes seconds, whatever it asks. What is kept is a copy: it counts for one version of one
table alone, and where it cannot be read, or is not what was looked for, the table is asked.
"""

from __future__ import annotations

import hashlib
import json
import os
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

_FOLDER = "_chunks_kept"
T = TypeVar("T")


@dataclass(frozen=True)
class Short(Generic[T]):
    """What a table says in short.

    Attributes:
        name: Of what is said; another one when its form changes.
        ask: Asks the table; the answer is made of lists, texts, whole numbers, booleans and None, and of
            dictionaries with texts as keys.
        read: Makes of the answer what callers want.
    """

    name: str
    ask: Callable[[], Any]
    read: Callable[[Any], T]


@dataclass(frozen=True)
class Kept:
    """The file that keeps what one version of a table says.

    Attributes:
        folder: The warehouse.
        table: Full name.
        version: Of the table.
        commit: Digest of that version's commit, which tells it from one of the same number: of a table that
            was made anew, or put back from a copy and then written.
    """

    folder: Path
    table: str
    version: int
    commit: str

    @classmethod
    def of(cls, folder: Path, table: str, version: int) -> Kept | None:
        """Return it; None where the version's commit is no longer in the table's log."""
        log = folder.joinpath(*table.split(".", 1)) / "_delta_log" / f"{version:020}.json"
        try:
            return cls(folder, table, version, hashlib.sha256(log.read_bytes()).hexdigest())
        except OSError:
            return None

    def recall(self, short: Short[T]) -> tuple[T] | None:
        """Return what was kept of this very version; None where nothing was, or it cannot be read."""
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
            return (short.read(found["said"]),) if found["of"] == self._of(short.name) else None
        except (OSError, ValueError, LookupError, TypeError, OverflowError):
            return None

    def keep(self, short: Short[T], said: Any) -> None:
        """Keep what the version says, in the place of what earlier ones said; not where nobody may write."""
        text = json.dumps({"of": self._of(short.name), "said": said})
        draft = self._path.with_suffix(f".{uuid.uuid4().hex}.tmp")
        with suppress(OSError):
            try:
                draft.parent.mkdir(exist_ok=True)
                for left in draft.parent.glob(f"{self.table}.*.tmp"):  # by a process that was killed
                    left.unlink(missing_ok=True)
                draft.write_text(text, encoding="utf-8")
                os.replace(draft, self._path)  # a kill leaves no half of it
            finally:
                draft.unlink(missing_ok=True)

    @property
    def _path(self) -> Path:
        return self.folder / _FOLDER / f"{self.table}.json"

    def _of(self, name: str) -> list[str | int]:
        return [name, self.table, self.version, self.commit]
