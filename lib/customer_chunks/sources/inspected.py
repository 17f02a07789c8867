"""What is known of a file once it has been looked through."""

from __future__ import annotations

from dataclasses import dataclass

from customer_chunks.sources.files import SourceFile

LINES, DOCUMENT = "lines", "document"


@dataclass(frozen=True)
class Inspected:
    """A file that can be read.

    ``header`` holds the column names, None where they are not known yet (JSON) or the file is empty.
    ``encoding`` is the one to read with; ``shape`` is ``lines`` or ``document`` for JSON and the
    schema for Parquet; ``is_empty`` files bring no rows and are not opened again. ``is_open_ended`` says
    that the last line of a text has no line break and lacks nothing else: its last value may be cut short.
    """

    file: SourceFile
    header: tuple[str, ...] | None
    notes: tuple[str, ...] = ()
    encoding: str = "utf-8"
    shape: str = ""
    is_empty: bool = False
    is_open_ended: bool = False
