"""One labelled export of the corpus: its bytes, what each column is, and which entities it fills."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Cell = tuple[str, Callable[[dict[str, Any]], object]]


@dataclass(frozen=True)
class Export:
    """A file and its truth.

    ``labels`` say for each column, by position or by name, the field it must be given
    to; alternatives stand between ``|``, and an empty one means: left unmapped.
    ``one_entity``: any one of the entities is right.
    """

    file: str
    body: bytes
    labels: dict[str, str] | list[str]
    entities: set[str]
    one_entity: bool = False

    @classmethod
    def of(  # noqa: PLR0913 - one argument for each thing that exports differ in
        cls,
        file: str,
        entities: set[str],
        rows: Sequence[dict[str, Any]],
        columns: dict[str, Cell] | None = None,
        *,
        delimiter: str = ",",
        encoding: str = "utf-8",
        header: bool = True,
        preamble: str = "",
        quote_all: bool = False,
        **more: Cell,
    ) -> Export:
        """Write a delimited file."""
        cells = {**(columns or {}), **more}
        text = io.StringIO()
        text.write(preamble)
        style = csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL
        writer = csv.writer(text, delimiter=delimiter, quoting=style, lineterminator="\r\n")
        if header:
            writer.writerow(cells)
        writer.writerows([value(row) for _, value in cells.values()] for row in rows)
        labels = [label for label, _ in cells.values()]
        return cls(file, text.getvalue().encode(encoding, errors="replace"), labels, entities)

    def write(self, folder: Path) -> Path:
        """Write the file and return its path."""
        path = folder / self.file
        path.write_bytes(self.body)
        return path
