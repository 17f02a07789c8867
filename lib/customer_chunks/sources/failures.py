"""What Spark and Java say when a file cannot be read -> one sentence.

An exception enters, a SourceError leaves. Nothing of a file's contents is passed on: only
its path, and the condition's name where the cause is not known.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from customer_chunks.columns.failures import whole_text
from customer_chunks.config.mapping import Feed
from customer_chunks.errors import SourceError

_FILE = re.compile(
    r"(?:reading file|Path does not exist:) (?:file|dbfs):/*(?P<path>[^\n]+?)"
    r"\.(?: {2}| File does not| SQLSTATE|\n|$)"
)
_CONDITION = re.compile(r"\[([A-Z][A-Z_]+(?:\.[A-Z_]+)*)\]")
_LAYOUT = "Check `delimiter`, `quote` and `escape`."
_BACK = "Put it back, or start the run again."
_AGAIN = "Fetch it again from where it came."
_KNOWN = (
    (
        "No space left on device",
        "cannot be read: the disk is full.",
        "Free some space, and start the run again.",
    ),
    ("Permission denied", "may not be read.", "Give yourself read permission."),
    ("not a gzip file", "is no gzip file, though it ends in .gz.", "Rename it, or fetch it again."),
    ("incorrect header check", "is no gzip file, though it ends in .gz.", "Rename it, or fetch it again."),
    ("Unexpected end of", "is cut off; its compressed data ends early.", _AGAIN),
    ("EOFException", "is cut off.", _AGAIN),
    ("invalid distance", "is damaged; its compressed data cannot be unpacked.", _AGAIN),
    ("invalid stored block", "is damaged; its compressed data cannot be unpacked.", _AGAIN),
    (
        "exceeds the maximum number of characters",
        "holds a field of more than 16 million characters.",
        "Look for a quote that never closes; set `quote` or `multi_line` in the feed.",
    ),
    (
        "ArrayIndexOutOfBounds",
        "holds a line with far too many columns.",
        "Check `delimiter`, or mend the line.",
    ),
    ("TextParsingException", "holds a line that cannot be split into columns.", _LAYOUT),
    ("MALFORMED_CSV_RECORD", "holds a line that cannot be split into columns.", _LAYOUT),
    ("is not a Parquet file", "is no Parquet file, or is cut off.", _AGAIN),
    ("magic number", "is no Parquet file, or is cut off.", _AGAIN),
    ("CANNOT_READ_FILE_FOOTER", "is no Parquet file, or is cut off.", _AGAIN),
    (
        "CANNOT_MERGE_SCHEMAS",
        "has another type in a column than the files before it.",
        "Export the files alike.",
    ),
    ("OutOfMemoryError", "does not fit in memory.", "Raise spark.driver.memory, or split the file."),
    ("FileNotFoundException", "is no longer there.", _BACK),
    ("FILE_NOT_EXIST", "is no longer there.", _BACK),
    ("PATH_NOT_FOUND", "is no longer there.", _BACK),
    ("COLUMN_ALREADY_EXISTS", "has two columns of one name, case aside.", "Rename one of them."),
)


def as_source_error(exception: BaseException, feed: Feed) -> SourceError:
    """Return what went wrong while a feed was read, as one sentence and a remedy.

    Args:
        exception: What Spark raised, with its Java causes in its text.
        feed: The feed whose files were read.
    """
    if isinstance(exception, SourceError):
        return exception
    text = whole_text(exception)
    named = _FILE.search(text)
    where = _readable(named["path"]) if named else f"A file of feed '{feed.source}.{feed.name}'"
    for sign, what, remedy in _KNOWN:
        if sign in text:
            return SourceError(f"{where}{':' if named else ''} {what}", remedy)
    inner = re.search(r"customer_chunks\.errors\.SourceError: ([^\n]+)", text)
    if inner:
        return SourceError(inner[1])
    conditions = _CONDITION.findall(text)
    cause = conditions[-1] if conditions else type(exception).__name__
    what = f"{where}{':' if named else ''} cannot be read ({cause})."
    return SourceError(what, "Check the file and its feed's layout.")


def _readable(uri: str) -> str:
    return "/" + unquote(uri).lstrip("/")
