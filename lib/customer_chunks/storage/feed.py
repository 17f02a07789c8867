"""A table's change feed, of which VACUUM and the log's clean-up may have removed a part."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from customer_chunks.columns.failures import SPARK_FAILURES, whole_text

_FILE_GONE = ("FILE_NOT_EXIST", "CHANGE_DATA_FILE_NOT_FOUND", "FileNotFoundException")
_REFUSED = "[DELTA_"
"""How the messages begin by which Delta says that it cannot tell changes: versions that the log lacks."""


class FeedGoneError(Exception):
    """Changes of a table can no longer be read: their files, or what the log said of them, were removed."""

    @classmethod
    def of(cls, tables: str) -> FeedGoneError:
        """Return the error that names these tables."""
        return cls(f"{tables} no longer tells all that changed")


def is_refused(error: Exception) -> bool:
    """Return whether Delta itself says that it cannot open a change feed; what else fails may pass."""
    return _REFUSED in whole_text(error) or _lacks_file(error)


@contextmanager
def whole_feed(tables: str) -> Iterator[None]:
    """Tell where a change feed that is read in the block turns out to lack a file, as VACUUM leaves it.

    Raises:
        FeedGoneError: it does.
    """
    try:
        yield
    except SPARK_FAILURES as error:
        if _lacks_file(error):
            raise FeedGoneError.of(tables) from error
        raise


def _lacks_file(error: Exception) -> bool:
    text = whole_text(error)
    return any(sign in text for sign in _FILE_GONE)
