"""Copies of files that Spark cannot read where or as they are.

An ``Inspected`` file enters, the path to hand to Spark leaves. A copy is named by the
content and by what was done to it and appears under its name only when whole, so a
killed run leaves nothing that a later one could mistake. Copies lie beside the tables,
where the workers of a cluster see them, and go when their step or the next run is done.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO
from uuid import uuid4

from customer_chunks.config.mapping import Feed
from customer_chunks.errors import StorageError
from customer_chunks.sources.files import is_gzip, opened, split_member
from customer_chunks.sources.inspected import Inspected

_FOLDER = "_staging"
_COPY = 4 << 20
_TEXT = {"csv", "tsv", "fixed_width", "json", "jsonl"}
# Hadoop reads some characters as a glob or a URL and hides names that start with _ or a dot.
_UNREADABLE = re.compile(r"[\[\]{}*?\\:#\x00-\x1f\x7f]")


@contextmanager
def staging_folder(warehouse: Path | None, run_id: str) -> Iterator[Path]:
    """Name the folder for a step's copies, and remove it with what came into it.

    Args:
        warehouse: The folder of the tables. Copies go to the system's temporary folder where there
            is none (an address, a catalog) or where Spark would misread its name.
        run_id: The run that holds the warehouse.
    """
    if warehouse is None or _UNREADABLE.search(str(warehouse)):
        with TemporaryDirectory(prefix="chunks-") as temporary:
            yield Path(temporary)
        return
    # Of its own: other feeds are read at the same time. What stays goes when the run ends, or with the next.
    folder = warehouse / _FOLDER / f"{run_id}-{uuid4().hex[:8]}"
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def remove_left_copies(warehouse: Path | None) -> None:
    """Remove the folder of copies, with those of runs that were killed; only for who holds the warehouse.

    Raises:
        StorageError: they may not be removed.
    """
    if warehouse is None:
        return
    folder = warehouse / _FOLDER
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        return
    except OSError as error:
        raise StorageError(
            f"{folder}: copies of files that an earlier run left cannot be removed ({error.strerror}).",
            "Remove the folder.",
        ) from None


def path_for_spark(item: Inspected, feed: Feed, staging: Path) -> str:
    """Return a path that Spark reads rightly: the file itself, or a copy under ``staging``.

    Copied are members of archives, text in an encoding that Spark does not know (as UTF-8), text
    with lines to skip (without them) and files with names that Spark would misread.

    Raises:
        SourceError: the file has gone, or may not be read.
    """
    path = item.file.path
    rewritten = feed.layout.format in _TEXT and (
        feed.layout.skip_rows > 0 or item.encoding not in spark_encodings(feed.layout.format)
    )
    name = os.path.basename(split_member(path)[1] or path)
    hidden = name.startswith((".", "_")) or name.endswith("._COPYING_")
    if split_member(path)[1] is None and not rewritten and not hidden and not _UNREADABLE.search(path):
        return path
    recipe = (
        f"{item.file.content_hash}|{item.encoding}|{feed.layout.skip_rows}"
        if rewritten
        else item.file.content_hash
    )
    ending = "" if rewritten and is_gzip(name) else "".join(re.findall(r"\.[A-Za-z0-9]+", name)[-2:])
    # The path takes part so that two members of equal content keep their own rows.
    digest = hashlib.sha256(f"{recipe}|{path}".encode()).hexdigest()[:32]
    target = staging / f"{digest}{ending}"
    if not target.exists():
        _write(item, feed, target, rewritten=rewritten)
    return str(target.absolute())


def spark_encodings(fmt: str) -> set[str]:
    """Return the encodings that Spark decodes by itself in a format."""
    return {"utf-8", "latin-1"} if fmt in {"csv", "tsv"} else {"utf-8"}


def _write(item: Inspected, feed: Feed, target: Path, *, rewritten: bool) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f".{uuid4().hex}.tmp")
    try:
        with opened(item.file.path) as stream, open(unfinished, "wb") as out:
            if rewritten:
                _rewrite(item, feed, stream, out)
            else:
                shutil.copyfileobj(stream, out, _COPY)
        os.replace(unfinished, target)
    finally:
        unfinished.unlink(missing_ok=True)


def _rewrite(item: Inspected, feed: Feed, stream: IO[bytes], out: IO[bytes]) -> None:
    unpacked = gzip.GzipFile(fileobj=stream, mode="rb") if is_gzip(item.file.path) else stream
    encoding = "utf-8-sig" if item.encoding == "utf-8" else item.encoding
    text = io.TextIOWrapper(unpacked, encoding=encoding, errors="strict", newline="")
    for _ in range(feed.layout.skip_rows):
        text.readline()
    is_first = True
    while piece := text.read(_COPY):
        out.write((piece.removeprefix("\ufeff") if is_first else piece).encode("utf-8"))
        is_first = False
    text.detach()  # who opened the stream closes it
