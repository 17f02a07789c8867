"""What the sample of one file tells of its layout, and what is told instead of a feed's remedies."""

from __future__ import annotations

import re
from collections.abc import Sequence

from customer_chunks.config.source_mapping import FileLayout
from customer_chunks.errors import SourceError
from customer_chunks.sources.draft.delimited import own_names
from customer_chunks.sources.draft.model import Sample
from customer_chunks.sources.names import is_reserved, placeholder

TREES = {"parquet", "json", "jsonl"}
"""Formats whose sample may have other columns than their frame: records within records become several."""


def take_header(sample: Sample, names: Sequence[str]) -> None:
    """Take a first line that looked like data for a header, where it holds all names asked for."""
    if sample.named or sample.spans or not sample.rows or not names:
        return
    first = [cell.strip() for cell in sample.rows[0]]
    if {name.strip().casefold() for name in names} <= {cell.casefold() for cell in first}:
        sample.columns = [cell or placeholder(n) for n, cell in enumerate(first, start=1)]
        sample.rows, sample.named = sample.rows[1:], True
        sample.layout.pop("header", None)


def renamed(sample: Sample) -> list[str]:
    """Give the sample names that one table can hold; return what that changes, in sentences."""
    if not sample.named:
        return [
            f"{sample.path.name}: its first line looks like data; its columns are called "
            f"{sample.columns[0]} to {sample.columns[-1]}."
        ]
    if sample.layout["format"] in TREES:
        return []
    while sample.layout["format"] == "excel" and sample.columns[-1] == placeholder(len(sample.columns)):
        sample.columns.pop()  # a worksheet's empty columns are none
    usable = [name.lstrip("_") or "column" if is_reserved(name) else name for name in sample.columns]
    own = own_names(usable)
    if own == sample.columns and not sample.renamed:
        return []
    sample.columns, sample.renamed = own, True
    return [
        f"{sample.path.name}: names of columns stand more than once, or are taken; they are called "
        f"{', '.join(own)} here."
    ]


_OWN_REMEDIES = {
    "columns": "Rename one of them in the file.",
    "encoding": "Write the file anew as UTF-8.",
    "format": "Export it again, as CSV or Parquet.",
    "skip_rows": "Begin the file with its header.",
    "delimiter": "Part its columns by one mark alone, which stands in no value.",
    "sheet": "Keep one worksheet in the file.",
    "explode": "Write one object a line.",
}
"""What to do about one file, where the remedy of a feed is a setting."""


def for_one(error: SourceError) -> SourceError:
    """Return the error with a remedy for somebody who has no feed to set anything in."""
    named = re.search(r"`(\w+)", error.remedy)
    return SourceError(error.what, _OWN_REMEDIES.get(named[1], error.remedy) if named else error.remedy)


def layout_of(sample: Sample) -> FileLayout:
    """Return how the file is to be read."""
    told = {key: str(value) for key, value in sample.layout.items()}
    is_given = not sample.named or bool(sample.spans) or sample.renamed
    return FileLayout(
        format=told["format"],
        delimiter=told.get("delimiter", "\t" if told["format"] == "tsv" else ",").replace("\\t", "\t"),
        quote=told.get("quote", '"'),
        escape=told.get("escape", told.get("quote", '"')),
        has_header=told.get("header") != "false" and not sample.spans,
        multi_line=told.get("multi_line") == "true",
        encoding=told.get("encoding", "utf-8"),
        skip_rows=int(told.get("skip_rows", 0)),
        sheets=tuple(told["sheet"].split("\n")) if "sheet" in told else (),
        columns=tuple(sample.columns) if is_given else (),
        spans=tuple((c, a + 1, b) for c, (a, b) in zip(sample.columns, sample.spans, strict=False)),
        explode=told.get("explode"),
    )
